//! How long a batch waits for the other generation of the query table.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a batch waits for the other generation after the live generation is done: 2 seconds. Both begin at the same
/// time, so the other generation only needs this time if its table is slower.
pub const EXTRA_TIME: Duration = Duration::from_secs(2);

/// How long batches do not wait for the other generation after one of them waited in vain: 1 minute. Then one batch
/// waits again. If the other table hangs, a shard therefore waits at most 2 of 62 seconds.
pub const EXTRA_TIME_PAUSE: Duration = Duration::from_mins(1);

/// Decides whether a batch waits for the other generation.
///
/// If a batch has waited in vain, the next batches do not wait: the other generation only has the time that the live
/// one takes. They wait again when the other generation was done within a batch, or after [`EXTRA_TIME_PAUSE`].
#[derive(Debug, Default)]
pub struct ExtraTime(Mutex<Option<Instant>>);

impl ExtraTime {
    /// How long a batch waits whose live generation is done at `now`.
    pub(crate) fn granted_at(&self, now: Instant) -> Duration {
        let is_paused = self.until().is_some_and(|until| now < until);
        if is_paused { Duration::ZERO } else { EXTRA_TIME }
    }

    /// The other generation was done in time.
    pub(crate) fn resume(&self) {
        *self.until() = None;
    }

    /// A batch waited in vain until `now`.
    pub(crate) fn pause(&self, now: Instant) {
        *self.until() = Some(now + EXTRA_TIME_PAUSE);
    }

    /// The end of the pause, if there is one.
    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
