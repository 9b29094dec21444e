//! Pauses exports after a failure, so that an unavailable collector is not called after each invocation.

use std::time::Duration;

use tokio::time::Instant;

/// The longest pause after the first failure. It doubles with each further failure.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause after any failure.
pub const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The number of failed exports in a row, and the end of the current pause.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// Whether an export may be tried at `now`.
    pub(super) fn lets_through(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    /// Starts a pause at `now`. The pause lasts for `retry_after` at least, the time that the collector asks to wait, but
    /// never longer than [`LONGEST_PAUSE`]. Returns whether this is the first failure in a row. Half of the pause is
    /// random, because many sandboxes lose the same collector at the same time.
    pub(super) fn failed(&mut self, now: Instant, retry_after: Duration) -> bool {
        let longest = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST_PAUSE);
        let pause = longest.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.until = Some(now + pause.max(retry_after.min(LONGEST_PAUSE)));
        self.failures = self.failures.saturating_add(1);
        self.failures == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_the_longest() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        assert!(breaker.lets_through(now));
        for doublings in 0..20 {
            assert_eq!(breaker.failed(now, Duration::ZERO), doublings == 0);
            let longest = (FIRST_PAUSE * 2_u32.pow(doublings.min(6))).min(LONGEST_PAUSE);
            assert!(!breaker.lets_through(now + longest / 2 - Duration::from_millis(1)));
            assert!(breaker.lets_through(now + longest));
        }
    }

    #[test]
    fn a_pause_is_as_long_as_the_collector_asks_within_the_limit() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        breaker.failed(now, Duration::from_secs(30));
        assert!(!breaker.lets_through(now + Duration::from_secs(29)));
        assert!(breaker.lets_through(now + Duration::from_secs(30)));
        breaker.failed(now, Duration::MAX);
        assert!(breaker.lets_through(now + LONGEST_PAUSE));
    }
}
