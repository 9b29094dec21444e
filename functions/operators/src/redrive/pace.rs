//! The pace of reads from the stream, which leaves the shards to the projections.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The time between two reads of a shard. A shard allows five reads per second for all readers without a consumer of
/// their own, and Lambda reads it once a second for each projection. So redrive takes no more than one projection does.
///
/// Source: Amazon Kinesis Data Streams Developer Guide, "Quotas and limits"; AWS Lambda Developer Guide, "Using Lambda
/// to process records from Amazon Kinesis Data Streams".
const BETWEEN_READS: Duration = Duration::from_secs(1);

/// The longest delay after a failed read, without jitter. Eight attempts then take less than a minute and a half, and an
/// iterator is valid for five minutes.
///
/// Source: Amazon Kinesis Data Streams API Reference, `GetShardIterator`.
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// When each shard may be read next. Clones share the times.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadPace(Arc<Mutex<BTreeMap<String, Instant>>>);

impl ReadPace {
    /// Waits until `shard` may be read, and takes the turn.
    pub(crate) async fn turn(&self, shard: &str) {
        let turn = {
            let mut shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let next = shards.entry(shard.to_owned()).or_insert_with(Instant::now);
            let turn = (*next).max(Instant::now());
            *next = turn + BETWEEN_READS;
            turn
        };
        sleep_until(turn).await;
    }

    /// Delays the next read of `shard` after `failures` failed ones in a row. The delay doubles with each failure. Jitter
    /// adds up to as much again, so that the reads do not stay in step with those of the projections.
    pub(crate) fn slow_down(&self, shard: &str, failures: u32) {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let delay = BETWEEN_READS.saturating_mul(doubled).min(LONGEST_BACKOFF);
        let next = Instant::now() + delay.mul_f64(1.0 + fastrand::f64());
        let mut shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shards.insert(shard.to_owned(), next);
    }
}
