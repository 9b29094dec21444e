//! The speed limit of an operator's work.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A rate limiter that concurrent tasks share. It allows no burst after an idle time.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: NonZeroU32,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        Self { per_second, next: Mutex::new(Instant::now()) }
    }

    /// Waits until the time that earlier calls have reserved is over. Reserves `number / per_second` seconds for
    /// `number` more commits or events.
    pub(crate) async fn take(&self, number: u64) {
        sleep_until(self.reserve(number)).await;
    }

    /// Reserves the time for `number` commits or events. Returns the moment at which that time begins.
    fn reserve(&self, number: u64) -> Instant {
        let nanos = number.saturating_mul(1_000_000_000) / u64::from(self.per_second.get());
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(Instant::now());
        *next = turn + Duration::from_nanos(nanos);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, NonZeroU32, Pace};

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_limited_and_an_idle_time_allows_no_burst() {
        let (pace, start) = (Pace::new(NonZeroU32::new(50).unwrap()), Instant::now());
        for _ in 0..10 {
            pace.take(100).await;
        }
        assert_eq!(
            start.elapsed().as_secs(),
            18,
            "the first batch does not wait, and each later batch waits two seconds for the batch before it"
        );
        tokio::time::advance(Duration::from_mins(1)).await;
        pace.take(100).await;
        let later = Instant::now();
        pace.take(1).await;
        assert_eq!(later.elapsed().as_secs(), 2, "an idle minute allows no burst");
    }
}
