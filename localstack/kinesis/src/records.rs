//! The records of streams, and the SQL statements that change them.

use rusqlite::{Transaction, params};
use stack_base::clock::now_ms;

use super::hash_keys::{hash_key, lane_key};
use super::sequence::SequenceNumber;
use super::shard::{self, Shard};

/// The tables of records and of source positions.
pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS records (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, shard INTEGER NOT NULL,
        lane_key INTEGER NOT NULL, partition_key TEXT NOT NULL, data BLOB NOT NULL, arrived_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS records_by_shard ON records (stream, shard, sequence);
    CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
";

/// Maximum size of a record, which is its data and its partition key: 1 MiB. A stream in AWS has this limit until
/// `UpdateMaxRecordSize` raises it to at most 10 MiB (Kinesis API reference), which the stack does not serve.
pub const MAXIMUM_DATA: usize = 1024 * 1024;

/// A record to put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 1 to 256 characters. Records with equal keys go to one shard and stay in order.
    pub partition_key: String,
    /// Chooses the shard in place of the partition key's hash.
    pub explicit_hash_key: Option<u128>,
    /// At most [`MAXIMUM_DATA`] bytes.
    pub data: Vec<u8>,
}

/// Shard and sequence number of a stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPosition {
    /// The shard.
    pub shard: u32,
    /// The record's place in the store.
    pub sequence: SequenceNumber,
    /// The record's sequence number, as Kinesis writes it.
    pub number: String,
}

/// Appends a record to the open shard whose range contains its hash key. `open` is ordered by range.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    stream: &str,
    open: &[Shard],
    entry: &Entry,
) -> rusqlite::Result<RecordPosition> {
    let hash_key = hash_key(&entry.partition_key);
    let place = entry.explicit_hash_key.unwrap_or(hash_key);
    let upper = open.partition_point(|shard| shard.first <= place);
    let shard = upper.checked_sub(1).and_then(|index| open.get(index));
    let shard = shard.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let mut statement = transaction.prepare_cached(
        "INSERT INTO records (stream, shard, lane_key, partition_key, data, arrived_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let (lane_key, arrived_ms) = (lane_key(hash_key), now_ms());
    statement.execute(params![
        stream,
        shard.number,
        lane_key,
        entry.partition_key,
        entry.data,
        arrived_ms
    ])?;
    let sequence = SequenceNumber(transaction.last_insert_rowid());
    let number = sequence.text(shard.number, shard.opened_ms, arrived_ms);
    Ok(RecordPosition { shard: shard.number, sequence, number })
}

/// Deletes records that arrived before `oldest`, finished records beyond the newest `kept` of each shard, and shards
/// closed before `oldest`. A record is finished when every mapping's checkpoint has passed it.
pub(super) fn trim(
    transaction: &Transaction<'_>,
    stream: &str,
    oldest: i64,
    kept: i64,
) -> rusqlite::Result<()> {
    transaction
        .execute("DELETE FROM records WHERE stream = ?1 AND arrived_ms < ?2", params![stream, oldest])?;
    for Shard { number, .. } in shard::all(transaction, stream)? {
        // A mapping without a checkpoint in this shard has finished none of its records.
        transaction.execute(
            "DELETE FROM records WHERE stream = ?1 AND shard = ?2 AND sequence <= (
                 SELECT sequence FROM records WHERE stream = ?1 AND shard = ?2
                 ORDER BY sequence DESC LIMIT 1 OFFSET ?3
             ) AND sequence <= (
                 SELECT MIN(COALESCE(position, 0))
                 FROM (SELECT DISTINCT mapping FROM checkpoints WHERE stream = ?1)
                 LEFT JOIN (SELECT mapping, position FROM checkpoints WHERE stream = ?1 AND shard = ?2)
                 USING (mapping)
             )",
            params![stream, number, kept],
        )?;
    }
    transaction
        .execute("DELETE FROM shards WHERE stream = ?1 AND closed_ms < ?2", params![stream, oldest])?;
    transaction.execute(
        "DELETE FROM checkpoints WHERE stream = ?1
         AND shard NOT IN (SELECT shard FROM shards WHERE stream = ?1)",
        params![stream],
    )?;
    Ok(())
}
