//! The pause after a failure: an absent collector is not asked after each invocation.

use std::time::Duration;

use tokio::time::Instant;

/// The longest pause after the first failure; it doubles with each further one.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause there is.
pub const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How often exports have failed in succession, and until when none is tried.
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

    /// Begins a pause at `now`; whether this is the first failure in succession. Half of the pause is left to chance,
    /// for many sandboxes lose the same collector at once.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        let longest = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST_PAUSE);
        self.until = Some(now + longest.mul_f64(0.5 + fastrand::f64() / 2.0));
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
            assert_eq!(breaker.failed(now), doublings == 0);
            let longest = (FIRST_PAUSE * 2_u32.pow(doublings.min(6))).min(LONGEST_PAUSE);
            assert!(!breaker.lets_through(now + longest / 2 - Duration::from_millis(1)));
            assert!(breaker.lets_through(now + longest));
        }
    }
}
