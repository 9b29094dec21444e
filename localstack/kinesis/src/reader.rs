//! Reading a shard, whole or one lane of it.

use rusqlite::{Row, params};

use super::error::KinesisError;
use super::sequence::SequenceNumber;
use super::{Kinesis, Shard, hash_keys};

/// A record as a reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Place in the stream.
    pub sequence: SequenceNumber,
    /// Key it was put with.
    pub partition_key: String,
    /// What was put.
    pub data: Vec<u8>,
    /// When it arrived, in milliseconds since the epoch.
    pub arrived_ms: i64,
}

/// Which records to read: after a place in a shard, or in one of `lanes` lanes that split it by partition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The shard.
    pub shard: u32,
    /// Number of lanes, 1 for the whole shard.
    pub lanes: u16,
    /// The lane, below `lanes`.
    pub lane: u16,
    /// Only records after this place.
    pub after: SequenceNumber,
}

impl Slice {
    /// A whole shard after a place in it.
    #[must_use]
    pub fn whole(shard: u32, after: SequenceNumber) -> Self {
        Self { shard, lanes: 1, lane: 0, after }
    }
}

const SELECT: &str = "SELECT sequence, partition_key, data, arrived_ms FROM records \
    WHERE stream = ?1 AND shard = ?2 AND sequence > ?3 AND lane_key % ?4 = ?5 ORDER BY sequence LIMIT ?6";

impl Kinesis {
    /// The next records of a slice in order: at most `limit`, and not more than `bytes` of data unless the first
    /// alone is larger.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`], [`KinesisError::Store`].
    pub fn read(
        &self,
        stream: &str,
        slice: Slice,
        limit: usize,
        bytes: usize,
    ) -> Result<Vec<Record>, KinesisError> {
        self.channel(stream)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let records = self.store().transaction(|transaction| {
            let mut statement = transaction.prepare_cached(SELECT)?;
            let Slice { shard, lanes, lane, after } = slice;
            let mut rows = statement.query(params![stream, shard, after.0, lanes, lane, limit])?;
            let (mut records, mut size) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let record = record(row)?;
                size += record.data.len();
                if size > bytes && !records.is_empty() {
                    break;
                }
                records.push(record);
            }
            Ok(records)
        })?;
        Ok(records)
    }

    /// The newest place of the whole store; nothing put later has a lower one.
    ///
    /// # Errors
    /// [`KinesisError::Store`].
    pub fn newest(&self) -> Result<SequenceNumber, KinesisError> {
        let query = "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'records'";
        Ok(SequenceNumber(self.store().value(query, [])?))
    }

    /// The place just before the first record of a shard that arrived at `ms` or later.
    ///
    /// # Errors
    /// [`KinesisError::Store`].
    pub(super) fn before_time(
        &self,
        stream: &str,
        shard: u32,
        ms: i64,
    ) -> Result<SequenceNumber, KinesisError> {
        let query = "SELECT MIN(sequence) FROM records WHERE stream = ?1 AND shard = ?2 AND arrived_ms >= ?3";
        let first: Option<i64> = self.store().value(query, params![stream, shard, ms])?;
        first.map_or_else(|| self.newest(), |first| Ok(SequenceNumber(first - 1)))
    }

    /// Arrival of the newest record of a shard, in milliseconds since the epoch.
    ///
    /// # Errors
    /// [`KinesisError::Store`].
    pub(super) fn newest_arrival(&self, stream: &str, shard: u32) -> Result<Option<i64>, KinesisError> {
        let query = "SELECT (SELECT arrived_ms FROM records WHERE stream = ?1 AND shard = ?2 \
            ORDER BY sequence DESC LIMIT 1)";
        Ok(self.store().value(query, params![stream, shard])?)
    }

    /// The shard of a stream that has a number; none once it has expired.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`], [`KinesisError::Store`].
    pub fn shard(&self, stream: &str, number: u32) -> Result<Option<Shard>, KinesisError> {
        Ok(self.shards(stream)?.into_iter().find(|shard| shard.number == number))
    }

    /// The shard an id names.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`], [`KinesisError::ShardNotFound`], [`KinesisError::Store`].
    pub(super) fn shard_of_id(&self, stream: &str, id: &str) -> Result<Shard, KinesisError> {
        let shard =
            hash_keys::number_of_id(id).map(|number| self.shard(stream, number)).transpose()?.flatten();
        shard.ok_or_else(|| KinesisError::ShardNotFound { stream: stream.to_owned(), shard: id.to_owned() })
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        sequence: SequenceNumber(row.get(0)?),
        partition_key: row.get(1)?,
        data: row.get(2)?,
        arrived_ms: row.get(3)?,
    })
}
