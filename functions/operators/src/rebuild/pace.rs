//! How fast a rebuild may be.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Lets so many through in a second, whoever asks; nothing is saved up while nobody asks.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: NonZeroU32,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        Self { per_second, next: Mutex::new(Instant::now()) }
    }

    /// Waits until those before are through, and takes the time of `number` more.
    pub(crate) async fn take(&self, number: u64) {
        sleep_until(self.reserve(number)).await;
    }

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
    async fn so_many_go_through_in_a_second() {
        let (pace, start) = (Pace::new(NonZeroU32::new(50).unwrap()), Instant::now());
        for _ in 0..10 {
            pace.take(100).await;
        }
        assert_eq!(
            start.elapsed().as_secs(),
            18,
            "the first at once, each other after the two seconds before it"
        );
        tokio::time::advance(Duration::from_mins(1)).await;
        pace.take(100).await;
        let later = Instant::now();
        pace.take(1).await;
        assert_eq!(later.elapsed().as_secs(), 2, "nothing is saved up");
    }
}
