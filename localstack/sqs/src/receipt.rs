//! Receipt handles: an opaque text that contains the queue, the time of the receive, and a number that occurs once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

/// The content of a receipt handle.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    /// Time of the receive, in milliseconds since the epoch.
    pub(super) received_ms: i64,
}

impl Receipt {
    /// A new receipt handle for a message of `queue` that is received now.
    pub(super) fn issue(queue: &str, received_ms: i64) -> String {
        STANDARD.encode(format!("{queue} {received_ms} {}", Uuid::new_v4()))
    }

    /// Parses a receipt handle; `None` if the stack did not issue it for `queue`.
    pub(super) fn parse(queue: &str, handle: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
        let mut parts = text.split(' ');
        let (of_queue, received_ms, id) = (parts.next()?, parts.next()?, parts.next()?);
        let is_issued = of_queue == queue && Uuid::parse_str(id).is_ok() && parts.next().is_none();
        is_issued.then(|| received_ms.parse().ok())?.map(|received_ms| Self { received_ms })
    }
}
