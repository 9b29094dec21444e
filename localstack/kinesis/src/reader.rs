//! Reads records of a shard or of one lane.

use rusqlite::{OptionalExtension, Row, params};

use super::error::KinesisError;
use super::sequence::SequenceNumber;
use super::{Kinesis, Shard, hash_keys};

/// A record as readers receive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Place in the store.
    pub sequence: SequenceNumber,
    /// Sequence number, as Kinesis writes it.
    pub number: String,
    /// Partition key given by the producer.
    pub partition_key: String,
    /// The record's data.
    pub data: Vec<u8>,
    /// Arrival time, in milliseconds since the epoch.
    pub arrived_ms: i64,
}

/// The records to read: those after a sequence number, in a shard or in one of the `lanes` lanes that split it by
/// partition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The shard.
    pub shard: u32,
    /// Number of lanes; 1 means the whole shard.
    pub lanes: u16,
    /// Number of the lane, below `lanes`.
    pub lane: u16,
    /// Only records after this sequence number are read.
    pub after: SequenceNumber,
}

impl Slice {
    /// The whole shard after a sequence number.
    #[must_use]
    pub fn whole(shard: u32, after: SequenceNumber) -> Self {
        Self { shard, lanes: 1, lane: 0, after }
    }
}

const SELECT: &str = "SELECT sequence, partition_key, data, arrived_ms FROM records \
    WHERE stream = ?1 AND shard = ?2 AND sequence > ?3 AND lane_key % ?4 = ?5 ORDER BY sequence LIMIT ?6";
const OPENED: &str = "SELECT opened_ms FROM shards WHERE stream = ?1 AND shard = ?2";

impl Kinesis {
    /// Reads the next records of a slice in order. Returns at most `limit` records and at most `bytes` of data, but
    /// always the first record even if it is larger.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`] or [`KinesisError::Store`].
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
            let opened_ms =
                transaction.prepare_cached(OPENED)?.query_row(params![stream, shard], |row| row.get(0));
            let opened_ms = opened_ms.optional()?.unwrap_or_default();
            let mut rows = statement.query(params![stream, shard, after.0, lanes, lane, limit])?;
            let (mut records, mut size) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let record = record(row, shard, opened_ms)?;
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

    /// The highest sequence number in the whole store. Every later record gets a higher one.
    ///
    /// # Errors
    /// [`KinesisError::Store`] when the database fails.
    pub fn newest(&self) -> Result<SequenceNumber, KinesisError> {
        let query = "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'records'";
        Ok(SequenceNumber(self.store().value(query, [])?))
    }

    /// The sequence number just before the shard's first record that arrived at `ms` or later.
    ///
    /// # Errors
    /// [`KinesisError::Store`] when the database fails.
    pub fn before_time(&self, stream: &str, shard: u32, ms: i64) -> Result<SequenceNumber, KinesisError> {
        let query = "SELECT MIN(sequence) FROM records WHERE stream = ?1 AND shard = ?2 AND arrived_ms >= ?3";
        let first: Option<i64> = self.store().value(query, params![stream, shard, ms])?;
        first.map_or_else(|| self.newest(), |first| Ok(SequenceNumber(first - 1)))
    }

    /// Arrival time of a shard's newest record, in milliseconds since the epoch.
    ///
    /// # Errors
    /// [`KinesisError::Store`] when the database fails.
    pub(super) fn newest_arrival(&self, stream: &str, shard: u32) -> Result<Option<i64>, KinesisError> {
        let query = "SELECT (SELECT arrived_ms FROM records WHERE stream = ?1 AND shard = ?2 \
            ORDER BY sequence DESC LIMIT 1)";
        Ok(self.store().value(query, params![stream, shard])?)
    }

    /// Finds a shard by its number; `None` once the shard has expired.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`] or [`KinesisError::Store`].
    pub fn shard(&self, stream: &str, number: u32) -> Result<Option<Shard>, KinesisError> {
        Ok(self.shards(stream)?.into_iter().find(|shard| shard.number == number))
    }

    /// Finds a shard by its id.
    ///
    /// # Errors
    /// [`KinesisError::NoShardId`], [`KinesisError::ShardNotFound`] or [`KinesisError::Store`].
    pub(super) fn shard_of_id(&self, stream: &str, id: &str) -> Result<Shard, KinesisError> {
        let number = hash_keys::number_of_id(id);
        let number = number
            .ok_or_else(|| KinesisError::NoShardId { stream: stream.to_owned(), shard: id.to_owned() })?;
        self.shard_of_number(stream, number)
    }

    /// Finds a shard by its number. As in Kinesis, the error names the shard even if its stream does not exist.
    ///
    /// # Errors
    /// [`KinesisError::ShardNotFound`] or [`KinesisError::Store`].
    pub(super) fn shard_of_number(&self, stream: &str, number: u32) -> Result<Shard, KinesisError> {
        let shard = match self.shard(stream, number) {
            Err(KinesisError::StreamNotFound(_)) => None,
            shard => shard?,
        };
        let shard_id = || hash_keys::shard_id(number);
        shard.ok_or_else(|| KinesisError::ShardNotFound { stream: stream.to_owned(), shard: shard_id() })
    }
}

fn record(row: &Row<'_>, shard: u32, opened_ms: i64) -> rusqlite::Result<Record> {
    let (sequence, arrived_ms) = (SequenceNumber(row.get(0)?), row.get(3)?);
    Ok(Record {
        sequence,
        number: sequence.text(shard, opened_ms, arrived_ms),
        partition_key: row.get(1)?,
        data: row.get(2)?,
        arrived_ms,
    })
}
