//! A message of a queue, and what earlier attempts at it left in it.

use std::time::SystemTime;

use es_core::{ScanCursor, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message that was taken from its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it is deleted or put back by.
    pub receipt: String,
    /// What it says.
    pub body: String,
}

/// What earlier attempts at a message left in it, under `redrive`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attempts {
    /// How many there were.
    pub number: u32,
    /// Why the last one failed.
    pub reason: String,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How far the event table has been read in its place, where the records are no longer in the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reread: Option<ScanCursor>,
}

/// The member of a message that holds its [`Attempts`].
const REDRIVE: &str = "redrive";

impl Message {
    /// The earlier attempts at it.
    pub(crate) fn attempts(&self) -> Attempts {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        serde_json::from_value(body[REDRIVE].clone()).unwrap_or_default()
    }

    /// Its body with one attempt more; `None` where it is no JSON object.
    pub(crate) fn after(&self, reason: &str, reread: Option<ScanCursor>) -> Option<String> {
        let mut body: Value = serde_json::from_str(&self.body).ok()?;
        let attempts = Attempts {
            number: self.attempts().number + 1,
            reason: allowed(reason),
            at: Some(Timestamp::from(SystemTime::now())),
            reread,
        };
        body.as_object_mut()?.insert(REDRIVE.to_owned(), serde_json::json!(attempts));
        Some(body.to_string())
    }
}

/// The most characters of a reason that a message carries.
const MAX_REASON: usize = 2_000;

/// `reason` without the characters that SQS refuses and JSON does not escape.
///
/// Source: Amazon SQS API Reference, `SendMessage`: `#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | …`.
fn allowed(reason: &str) -> String {
    reason
        .chars()
        .take(MAX_REASON)
        .map(|c| if matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c })
        .collect()
}
