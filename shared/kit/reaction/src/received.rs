//! An event as a reaction receives it.

use es_core::{DomainEvent, IdempotencyKey, JsonError, StreamId, StreamVersion, Timestamp};
use event_bus::{PublishedEvent, Unread};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{ReactionError, span};

/// An event that arrived from the bus, at the current schema of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received<E> {
    /// The event's id, which is the same in every delivery.
    pub id: Uuid,
    /// The stream that the event belongs to.
    pub stream: StreamId,
    /// The event's version in its stream.
    pub version: StreamVersion,
    /// When the command that made the event was accepted.
    pub occurred_at: Timestamp,
    /// The event itself.
    pub event: E,
}

/// The metadata that the event passes on to the commit of its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) traceparent: Option<String>,
    pub(crate) correlation_id: String,
}

/// The part that a reaction needs of an event in the form in which `EventBridge` passes it to a function.
///
/// Source: Amazon `EventBridge` User Guide, "Events".
#[derive(Deserialize)]
struct BusEvent {
    detail: PublishedEvent,
}

impl<E> Received<E> {
    /// The idempotency key of the event's command: the event's id. [`derived`](es_core::aggregate_id) turns the key into
    /// the id of the stream that the event opens.
    #[must_use]
    pub fn key(&self) -> IdempotencyKey {
        IdempotencyKey::from(self.id)
    }
}

impl<E: DomainEvent> Received<E> {
    /// Reads the event in `payload`, and records the event on the current span.
    pub(crate) fn from_payload(payload: Value) -> Result<(Self, Origin), ReactionError> {
        let unreadable = |error| ReactionError::Payload(JsonError::from(error));
        let BusEvent { detail } = serde_json::from_value(payload).map_err(unreadable)?;
        telemetry::correlate(&detail.correlation_id);
        span::received(&detail);
        let event = detail.decode::<E>();
        let PublishedEvent { id, stream, version, occurred_at, traceparent, correlation_id, .. } = detail;
        match event {
            Ok(event) => {
                let received = Self { id, stream, version, occurred_at, event };
                Ok((received, Origin { traceparent, correlation_id }))
            }
            Err(Unread::IsReference(_)) => Err(ReactionError::NoData { stream, version }),
            Err(Unread::Decode(source)) => Err(ReactionError::Undecodable { stream, version, source }),
        }
    }
}
