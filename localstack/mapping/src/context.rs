//! What the lanes of all mappings share: the services they work with, their errors, and the wait after a failure.

use std::time::Duration;

use stack_base::chaos::Chaos;
use stack_base::store::StoreError;
use stack_kinesis::{Kinesis, KinesisError};
use stack_sqs::Sqs;

/// A mapping cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The stream refused.
    #[error("event source mapping: {0}")]
    Stream(#[from] KinesisError),
    /// The checkpoints cannot be read or written.
    #[error("event source mapping: {0}")]
    Store(#[from] StoreError),
}

/// What every lane of every mapping works with.
#[derive(Debug, Clone)]
pub struct Context<I> {
    /// The streams.
    pub kinesis: Kinesis,
    /// The queues that are told about records given up.
    pub sqs: Sqs,
    /// The functions.
    pub invoker: I,
    /// Decides which batches are delivered once more.
    pub chaos: Chaos,
}

/// Wait after the first failure.
const FIRST: Duration = Duration::from_millis(100);
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(10);

/// How long to wait after `failures` failures in a row: somewhere in the upper half of the doubled wait, so that
/// lanes which failed together do not try again together.
pub(super) fn backoff(failures: u32) -> Duration {
    let full = FIRST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST);
    full.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::{FIRST, LONGEST, backoff};

    #[test]
    fn the_wait_grows_to_its_bound_and_varies() {
        assert!((FIRST / 2..=FIRST).contains(&backoff(1)));
        assert!((FIRST * 2..=FIRST * 4).contains(&backoff(3)));
        assert!((LONGEST / 2..=LONGEST).contains(&backoff(u32::MAX)));
    }
}
