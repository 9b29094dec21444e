//! Pauses between tries.

use std::time::Duration;

/// The most that is waited before the second try; it doubles with each further one.
const FIRST: Duration = Duration::from_millis(20);

/// The most that is waited before any try.
const LONGEST: Duration = Duration::from_millis(640);

/// Waits before the try behind `tries` others: a random part of a time that doubles, so that those who failed
/// together do not meet again.
pub(crate) async fn pause(tries: u32) {
    let most = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST);
    tokio::time::sleep(most.mul_f64(fastrand::f64())).await;
}
