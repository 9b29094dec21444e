//! The wait between two deliveries of the same records: exponential, bounded, with jitter.

use std::time::Duration;

/// Wait after the first failure.
const FIRST: Duration = Duration::from_millis(100);
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(10);

/// How long to wait after `failures` failures in a row: somewhere in the upper half of the doubled wait, so that
/// lanes which failed together do not try again together.
pub(super) fn wait(failures: u32) -> Duration {
    let full = FIRST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST);
    full.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::{FIRST, LONGEST, wait};

    #[test]
    fn the_wait_grows_to_its_bound_and_varies() {
        assert!((FIRST / 2..=FIRST).contains(&wait(1)));
        assert!((FIRST * 2..=FIRST * 4).contains(&wait(3)));
        assert!((LONGEST / 2..=LONGEST).contains(&wait(u32::MAX)));
    }
}
