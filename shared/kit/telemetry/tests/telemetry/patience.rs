//! Waiting for what must come.

use std::time::Duration;

use tokio::time::timeout;

/// What `awaited` gives; it takes milliseconds, and what does not come within a minute does not come.
pub(crate) async fn patiently<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    timeout(Duration::from_mins(1), awaited).await.unwrap_or_else(|_| panic!("there is no {what}"))
}
