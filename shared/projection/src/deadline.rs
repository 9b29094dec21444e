//! When to stop working on a batch.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// How long before Lambda's deadline the work stops, so that the answer is still on time.
const MARGIN: Duration = Duration::from_secs(1);

/// When to stop working on an invocation whose deadline is `epoch_ms` milliseconds after the Unix epoch.
#[must_use]
pub fn deadline(epoch_ms: u64) -> Instant {
    let end = UNIX_EPOCH + Duration::from_millis(epoch_ms);
    let left = end.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now() + left.saturating_sub(MARGIN)
}
