//! Resharding to any number of equal shards, by splitting one shard and merging two adjacent ones.
//!
//! As in Kinesis, a shard has one or two parents, resharding may create intermediate shards that are closed again at
//! once, and a closed shard stays readable for the retention period (Kinesis guide, "Reshard a stream", and API
//! reference, `UpdateShardCount`).

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included};

use rusqlite::{Transaction, params};

use super::Kinesis;
use super::error::KinesisError;
use super::hash_keys::first_of_range;
use super::sequence::SequenceNumber;
use super::shard::{self, Shard};

/// Maximum number of shards in a stream.
const MAXIMUM_SHARDS: u32 = 10_000;

impl Kinesis {
    /// Divides a stream into `target` equal shards, and returns the previous number of open shards. Unlike in AWS, the
    /// resharding is complete when this returns, and there is no daily limit. The stream may be on demand. Only the wire API
    /// refuses such a stream.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`]; [`KinesisError::Invalid`] when `target` is 0; [`KinesisError::Limit`] when
    /// `target` is more than double or less than half the current number, or more than 10,000; [`KinesisError::Store`].
    pub fn update_shard_count(&self, stream: &str, target: u32) -> Result<u32, KinesisError> {
        let channel = self.channel(stream)?;
        if target == 0 {
            return Err(KinesisError::Invalid("TargetShardCount must be at least 1.".to_owned()));
        }
        let current = self.store().transaction(|transaction| {
            let current = u32::try_from(shard::open(transaction, stream)?.len()).unwrap_or(u32::MAX);
            if is_within(current, target) {
                to_uniform(transaction, stream, target)?;
            }
            Ok(current)
        })?;
        if !is_within(current, target) {
            return Err(KinesisError::Limit(format!(
                "UpdateShardCount cannot change {current} shards to {target}. It allows at most double, at least half, \
                 and at most {MAXIMUM_SHARDS} shards."
            )));
        }
        channel.announce();
        channel.reshards.send_replace(());
        Ok(current)
    }
}

fn is_within(current: u32, target: u32) -> bool {
    target <= current.saturating_mul(2).min(MAXIMUM_SHARDS) && target.saturating_mul(2) >= current
}

/// Splits every open shard at each wanted range start inside it, then merges shards whose start no wanted range has.
fn to_uniform(transaction: &Transaction<'_>, stream: &str, target: u32) -> rusqlite::Result<()> {
    let wanted: BTreeSet<u128> = (0..target).map(|index| first_of_range(index, target)).collect();
    let mut whole = shard::open(transaction, stream)?;
    while let Some(shard) = whole.pop() {
        let inside = (Excluded(shard.first), Included(shard.last));
        if let Some(first) = wanted.range(inside).next() {
            // No wanted range starts inside the lower part, so only the upper part is split further.
            whole.push(split(transaction, stream, &shard, *first)?);
        }
    }
    let mut lower: Option<Shard> = None;
    for shard in shard::open(transaction, stream)? {
        lower = Some(match lower {
            Some(lower) if !wanted.contains(&shard.first) => merge(transaction, stream, &lower, &shard)?,
            _ => shard,
        });
    }
    Ok(())
}

/// Splits a shard in two and returns the upper part, which starts at `at`.
fn split(transaction: &Transaction<'_>, stream: &str, shard: &Shard, at: u128) -> rusqlite::Result<Shard> {
    let ending = close(transaction, stream, &[shard])?;
    let parents = (Some(shard.number), None);
    open(transaction, stream, parents, (shard.first, at - 1), ending)?;
    open(transaction, stream, parents, (at, shard.last), ending)
}

/// Merges two adjacent shards.
fn merge(
    transaction: &Transaction<'_>,
    stream: &str,
    lower: &Shard,
    upper: &Shard,
) -> rusqlite::Result<Shard> {
    let ending = close(transaction, stream, &[lower, upper])?;
    open(transaction, stream, (Some(lower.number), Some(upper.number)), (lower.first, upper.last), ending)
}

/// Closes shards at a sequence number of their own: higher than that of every earlier record, and lower than that of
/// every later record.
fn close(transaction: &Transaction<'_>, stream: &str, shards: &[&Shard]) -> rusqlite::Result<SequenceNumber> {
    let taken = "INSERT INTO records (stream, shard, lane_key, partition_key, data, arrived_ms) \
        VALUES ('', 0, 0, '', x'', 0)";
    transaction.execute(taken, [])?;
    let ending = SequenceNumber(transaction.last_insert_rowid());
    transaction.execute("DELETE FROM records WHERE sequence = ?1", [ending.0])?;
    for shard in shards {
        shard::close(transaction, stream, shard.number, ending)?;
    }
    Ok(ending)
}

/// Opens a new shard with the next number of the stream.
fn open(
    transaction: &Transaction<'_>,
    stream: &str,
    parents: (Option<u32>, Option<u32>),
    range: (u128, u128),
    after: SequenceNumber,
) -> rusqlite::Result<Shard> {
    let newest = "SELECT MAX(shard) FROM shards WHERE stream = ?1";
    let newest: u32 = transaction.query_row(newest, params![stream], |row| row.get(0))?;
    shard::insert(transaction, stream, newest + 1, parents, range, SequenceNumber(after.0 + 1))
}
