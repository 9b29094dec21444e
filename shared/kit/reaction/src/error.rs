//! The reasons why an event was not handled.

use es_core::{DecodeError, JsonError, StreamId, StreamVersion};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a reaction failed. Lambda invokes the function again, and then moves the event to the function's queue of
/// failures.
#[derive(Debug, thiserror::Error)]
pub enum ReactionError {
    /// The payload is not an event of the bus with the envelope of this service.
    #[error("the payload is not an event of this service: check the rule that invokes the function")]
    Payload(#[source] JsonError),
    /// The event has a reference to its data instead of the data, because the data is too large for the bus.
    #[error("version {version} of {stream} is too large for the bus, so the event has no data to react to")]
    NoData {
        /// The stream of the event.
        stream: StreamId,
        /// The event's version.
        version: StreamVersion,
    },
    /// The event's type or schema is unknown, or its data does not have the shape of its schema.
    #[error("version {version} of {stream} cannot be read: deploy newer code, or correct the rule")]
    Undecodable {
        /// The stream of the event.
        stream: StreamId,
        /// The event's version.
        version: StreamVersion,
        /// Why the event cannot be read.
        source: DecodeError,
    },
    /// The rules of the domain refuse the command. Lambda's next attempts can succeed, if the command needs an event
    /// that arrives later.
    #[error("the command on {stream} is refused")]
    Refused {
        /// The stream that the command would change.
        stream: StreamId,
        /// The rule.
        source: Source,
    },
    /// The command could not be executed: the store failed or was throttled, or other writers appended first.
    #[error("the command on {stream} cannot be executed")]
    Failed {
        /// The stream that the command would change.
        stream: StreamId,
        /// The cause.
        source: Source,
    },
}
