//! Converts an event of an order into a `CloudEvent`.
//!
//! Source: `CloudEvents` 1.0.2 and its JSON format; the extensions "Distributed Tracing", "Sequence" and "Correlation".

use es_core::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;
use views::HistoryEvent;

/// A `CloudEvent` in the JSON format.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CloudEvent {
    specversion: &'static str,
    id: Uuid,
    source: &'static str,
    #[serde(rename = "type")]
    event_type: String,
    /// The id of the order.
    subject: Uuid,
    time: Timestamp,
    datacontenttype: &'static str,
    data: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    /// The event's version in its stream, with leading zeros because consumers compare sequences as text.
    sequence: String,
    correlationid: String,
    causationid: String,
}

impl CloudEvent {
    /// Converts an event of `order`.
    pub(crate) fn from_event(order: Uuid, event: HistoryEvent) -> Self {
        Self {
            specversion: "1.0",
            id: event.id,
            source: "/orders",
            event_type: event.event_type,
            subject: order,
            time: event.at,
            datacontenttype: "application/json",
            data: event.data,
            traceparent: event.traceparent,
            sequence: format!("{:020}", event.version.get()),
            correlationid: event.correlation_id,
            causationid: event.causation_id,
        }
    }
}
