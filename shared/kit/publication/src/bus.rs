//! The port to an event bus.

use es_core::{Timestamp, WriteError};

/// One event in the form that a bus takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusEntry {
    /// The publisher.
    pub source: String,
    /// The event's name.
    pub detail_type: String,
    /// When the event occurred.
    pub time: Timestamp,
    /// The envelope with the event, as JSON.
    pub detail: String,
}

/// The size of an entry's time, as the bus counts it.
///
/// Source: Amazon `EventBridge` User Guide, "Calculating `PutEvents` event entry size".
const TIME_BYTES: usize = 14;

impl BusEntry {
    /// The size of the entry in bytes, as the bus counts it.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        TIME_BYTES + self.source.len() + self.detail_type.len() + self.detail.len()
    }
}

/// Why the bus did not accept an entry or a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// The bus is over its quota. Retry later.
    #[error("the event bus is throttled: {0}")]
    Throttled(String),
    /// The bus could not be reached, it failed, or it does not admit the publisher. The entries may or may not have been
    /// accepted.
    #[error("the event bus is unavailable: {0}")]
    Unavailable(String),
    /// The bus can never accept the entry.
    #[error("the event bus refuses the event: {0}")]
    Refused(String),
}

impl From<PutError> for WriteError {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Throttled(_) => Self::Throttled(error.into()),
            PutError::Unavailable(_) => Self::Unavailable(error.into()),
            PutError::Refused(_) => {
                Self::Unwritable(es_core::Unwritable::NotStorable { attribute: "the entry of the event bus" })
            }
        }
    }
}

/// An event bus.
pub trait EventBus: Send + Sync {
    /// Puts `entries`, which are 1 to [`MAX_ENTRIES`](crate::MAX_ENTRIES) and fit into one request. Returns one result
    /// for each entry, in order. The bus may accept an entry although it has not accepted one before it.
    ///
    /// # Errors
    /// [`PutError`] if the request failed as a whole. The bus may have accepted entries nevertheless.
    fn put(
        &self,
        entries: &[&BusEntry],
    ) -> impl Future<Output = Result<Vec<Result<(), PutError>>, PutError>> + Send;
}
