//! Counts the records of each shard: all of them, and those that a mapping has not finished.

use std::collections::BTreeMap;

use rusqlite::params;
use stack_template::EventSourceMapping;

use super::Kinesis;
use super::checkpoints::IS_FINISHED;
use super::error::KinesisError;

/// The records of a shard that a mapping has not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardBacklog {
    /// The shard.
    pub shard: u32,
    /// Number of records.
    pub records: u64,
    /// Arrival time of the oldest one, in milliseconds since the epoch; `None` if there is none.
    pub oldest_ms: Option<i64>,
}

/// The records of a shard from the lowest checkpoint on, because a shard may hold many finished records before it.
const FROM_CHECKPOINT: &str = "SELECT COUNT(*), MIN(arrived_ms) FROM records WHERE stream = ?1 AND shard = ?3 \
    AND sequence > COALESCE((SELECT MIN(position) FROM checkpoints WHERE mapping = ?2 AND shard = ?3), 0)";

impl Kinesis {
    /// The backlog of a mapping in each shard of its stream, ordered by shard.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`] or [`KinesisError::Store`].
    pub fn backlog(&self, mapping: &EventSourceMapping) -> Result<Vec<ShardBacklog>, KinesisError> {
        let stream = mapping.source.record_stream();
        let shards = self.shards(&stream)?;
        Ok(self.store().transaction(|transaction| {
            let mut unfinished =
                transaction.prepare_cached(&format!("{FROM_CHECKPOINT} AND NOT {IS_FINISHED}"))?;
            let of_shard = |number: u32| {
                unfinished.query_row(params![stream, mapping.id, number], |row| {
                    let records = row.get::<_, i64>(0)?.unsigned_abs();
                    Ok(ShardBacklog { shard: number, records, oldest_ms: row.get(1)? })
                })
            };
            shards.iter().map(|shard| shard.number).map(of_shard).collect()
        })?)
    }

    /// Number of stored records in each shard of a stream. A shard without records is missing.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`] or [`KinesisError::Store`].
    pub fn record_counts(&self, stream: &str) -> Result<BTreeMap<u32, u64>, KinesisError> {
        self.channel(stream)?;
        Ok(self.store().transaction(|transaction| {
            let query = "SELECT shard, COUNT(*) FROM records WHERE stream = ?1 GROUP BY shard";
            let mut counted = transaction.prepare_cached(query)?;
            let counts =
                counted.query_map([stream], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
            counts.collect()
        })?)
    }
}
