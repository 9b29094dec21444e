//! Projects the events of an order into its history. The history keeps every event.

use domain::order::{Order, OrderEvent};
use es_core::{Category, Decider, DomainEvent, Projection, Recorded, UpcastError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use views::{HistoryChange, HistoryEvent};

/// An event of an order in the form of its current schema. The data stay untyped, so the history also keeps events that
/// the domain type would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEvent {
    /// The stored name of the event type, for example `OrderCreated`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The event's data.
    pub data: Value,
}

impl DomainEvent for KeptEvent {
    const SCHEMAS: &'static [(&'static str, u32)] = OrderEvent::SCHEMAS;

    fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
        OrderEvent::upcast(event_type, schema, data)
    }
}

/// Projects the events of an order into the entries that are added to its history.
#[derive(Debug, Clone, Copy)]
pub enum HistoryProjection {}

impl Projection for HistoryProjection {
    const NAME: &str = "history-projection";
    const CATEGORY: Category = Order::CATEGORY;

    type Event = KeptEvent;
    type Change = HistoryChange;

    fn project(change: HistoryChange, recorded: &Recorded<KeptEvent>) -> HistoryChange {
        let KeptEvent { event_type, data } = &recorded.event;
        let metadata = &recorded.metadata;
        let event = HistoryEvent {
            version: recorded.version,
            id: recorded.id(),
            event_type: event_type.clone(),
            data: data.clone(),
            at: metadata.occurred_at,
            traceparent: metadata.traceparent.clone(),
            correlation_id: metadata.correlation_id.clone(),
            causation_id: metadata.causation_id.clone(),
        };
        change.and(event, metadata)
    }
}
