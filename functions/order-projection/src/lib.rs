//! Projection function: the commits of order streams into the views of the query table.
//!
//! A batch is decoded, grouped by stream and sorted; each stream is one conditional write to its view, and normally
//! nothing else ([`OrderProjector::project`]). The view's checkpoint makes any order, repetition and loss of deliveries
//! end in the same view.

mod batch;
mod counters;
mod dead_letter;
mod fold;
mod projection;
mod sqs;
mod stop;
mod stream;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use batch::OrderProjector;
pub use counters::Counters;
pub use dead_letter::{DeadLetter, DeadLetterQueue, Undelivered};
pub use projection::OrderProjection;
pub use sqs::SqsDeadLetters;
use tokio::time::Instant;

/// A setting that the function cannot run without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is missing or empty")]
pub struct MissingVariable(pub &'static str);

/// The environment variable `name`.
///
/// # Errors
/// [`MissingVariable`] where it is missing, empty or no UTF-8.
pub fn variable(name: &'static str) -> Result<String, MissingVariable> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(MissingVariable(name))
}

/// How long before Lambda's deadline the work stops, so that the answer is still on time.
const MARGIN: Duration = Duration::from_secs(1);

/// When to stop working on an invocation whose deadline is `epoch_ms` milliseconds after the Unix epoch.
#[must_use]
pub fn deadline(epoch_ms: u64) -> Instant {
    let end = UNIX_EPOCH + Duration::from_millis(epoch_ms);
    let left = end.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now() + left.saturating_sub(MARGIN)
}
