//! The wait before a retry.

use std::time::Duration;

/// A backoff that doubles with each failure, with jitter. Without jitter, callers that failed together would retry
/// together.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// Backoff after the first failure.
    pub first: Duration,
    /// Maximum backoff.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after `failures` consecutive failures: a random time in the upper half of the backoff.
    #[must_use]
    pub fn after(self, failures: u32) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        doubled.min(self.longest).mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Duration};

    #[test]
    fn the_backoff_doubles_up_to_its_maximum_with_jitter() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(10));
        let backoff = Backoff { first, longest };
        assert!((first / 2..=first).contains(&backoff.after(1)));
        assert!((first * 2..=first * 4).contains(&backoff.after(3)));
        assert!((longest / 2..=longest).contains(&backoff.after(u32::MAX)));
    }
}
