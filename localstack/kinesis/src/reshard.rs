//! Resharding: to any number of equal shards by splits of one shard and merges of two adjacent ones.
//!
//! As in Kinesis a shard has one parent or two, shards that only lead to others are short-lived, and a shard that is
//! closed stays readable for the retention period (Kinesis guide, "Reshard a stream", and API reference,
//! `UpdateShardCount`).

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included};

use rusqlite::{Transaction, params};

use super::Kinesis;
use super::error::KinesisError;
use super::hash_keys::first_of_range;
use super::sequence::SequenceNumber;
use super::shard::{self, Shard};

/// Most shards of a stream.
const MAXIMUM_SHARDS: u32 = 10_000;

impl Kinesis {
    /// Divides a stream into `target` equal shards, and gives how many were open before. Unlike in AWS the
    /// resharding is done when this returns, and there is no limit a day.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`]; [`KinesisError::Invalid`] for no shards; [`KinesisError::Limit`] for more
    /// than twice or less than half as many as there are, or more than 10,000; [`KinesisError::Store`].
    pub fn update_shard_count(&self, stream: &str, target: u32) -> Result<u32, KinesisError> {
        let channel = self.channel(stream)?;
        if target == 0 {
            return Err(KinesisError::Invalid("TargetShardCount is not 1 or more.".to_owned()));
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
                "UpdateShardCount cannot go from {current} to {target} shards: not to more than double, less than \
                 half, or more than {MAXIMUM_SHARDS}."
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

/// Splits every open shard where a wanted range begins inside it, and merges those that begin where none does.
fn to_uniform(transaction: &Transaction<'_>, stream: &str, target: u32) -> rusqlite::Result<()> {
    let wanted: BTreeSet<u128> = (0..target).map(|index| first_of_range(index, target)).collect();
    let mut whole = shard::open(transaction, stream)?;
    while let Some(shard) = whole.pop() {
        let inside = (Excluded(shard.first), Included(shard.last));
        if let Some(first) = wanted.range(inside).next() {
            // Nothing wanted begins in the lower part.
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

/// Splits a shard in two, and gives the upper part, which begins at `at`.
fn split(transaction: &Transaction<'_>, stream: &str, shard: &Shard, at: u128) -> rusqlite::Result<Shard> {
    let ending = close(transaction, stream, &[shard])?;
    let parents = (Some(shard.number), None);
    open(transaction, stream, parents, (shard.first, at - 1), ending)?;
    open(transaction, stream, parents, (at, shard.last), ending)
}

/// Makes two adjacent shards one.
fn merge(
    transaction: &Transaction<'_>,
    stream: &str,
    lower: &Shard,
    upper: &Shard,
) -> rusqlite::Result<Shard> {
    let ending = close(transaction, stream, &[lower, upper])?;
    open(transaction, stream, (Some(lower.number), Some(upper.number)), (lower.first, upper.last), ending)
}

/// Closes shards at a place of their own, after all that was put before and before all that is put later.
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

/// Opens the next shard of a stream.
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
