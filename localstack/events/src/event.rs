//! An accepted event.

use serde_json::Value;
use tokio::time::Instant;

/// An event on a bus.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    /// Name of the bus.
    pub(crate) bus: String,
    /// The event as targets get it.
    pub(crate) document: Value,
    /// The X-Ray header that targets get.
    pub(crate) trace: Option<String>,
    /// Time at which the bus accepted the event, in milliseconds since the epoch.
    pub(crate) accepted_ms: i64,
    /// Start of the event's age.
    pub(crate) accepted: Instant,
}

impl Event {
    /// A member of the event that is a text, or empty.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.document[name].as_str().unwrap_or_default()
    }
}
