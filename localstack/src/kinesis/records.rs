//! The statements that change streams and their records.

use rusqlite::{Transaction, params};

use super::sequence::SequenceNumber;
use super::shards::{hash_key, lane_key, shard_of};
use super::{Entry, Placed};
use crate::clock::now_ms;

/// Tables of this module.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS streams (name TEXT PRIMARY KEY, shards INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS records (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, shard INTEGER NOT NULL,
        lane_key INTEGER NOT NULL, partition_key TEXT NOT NULL, data BLOB NOT NULL, arrived_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS records_by_shard ON records (stream, shard, sequence);
    CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
";

/// Remembers the stream and gives the number of shards it was first opened with.
pub(super) fn declare(transaction: &Transaction<'_>, name: &str, shards: u32) -> rusqlite::Result<u32> {
    transaction.execute("INSERT OR IGNORE INTO streams VALUES (?1, ?2)", params![name, shards])?;
    transaction.query_row("SELECT shards FROM streams WHERE name = ?1", [name], |row| row.get(0))
}

/// Appends a record.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    stream: &str,
    shards: u32,
    entry: &Entry,
) -> rusqlite::Result<Placed> {
    let hash_key = hash_key(&entry.partition_key);
    let shard = shard_of(entry.explicit_hash_key.unwrap_or(hash_key), shards);
    let mut statement = transaction.prepare_cached(
        "INSERT INTO records (stream, shard, lane_key, partition_key, data, arrived_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let lane_key = lane_key(hash_key);
    statement.execute(params![stream, shard, lane_key, entry.partition_key, entry.data, now_ms()])?;
    Ok(Placed { shard, sequence: SequenceNumber(transaction.last_insert_rowid()) })
}

/// Deletes what arrived before `oldest`, and what every mapping has passed beyond the newest `kept` of a shard.
pub(super) fn trim(
    transaction: &Transaction<'_>,
    stream: &str,
    shards: u32,
    oldest: i64,
    kept: i64,
) -> rusqlite::Result<()> {
    transaction
        .execute("DELETE FROM records WHERE stream = ?1 AND arrived_ms < ?2", params![stream, oldest])?;
    for shard in 0..shards {
        transaction.execute(
            "DELETE FROM records WHERE stream = ?1 AND shard = ?2 AND sequence <= (
                 SELECT sequence FROM records WHERE stream = ?1 AND shard = ?2
                 ORDER BY sequence DESC LIMIT 1 OFFSET ?3
             ) AND sequence <= (
                 SELECT MIN(position) FROM checkpoints WHERE stream = ?1 AND shard = ?2
             )",
            params![stream, shard, kept],
        )?;
    }
    Ok(())
}
