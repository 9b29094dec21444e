//! What the events of an order add to its history: themselves.

use domain::order::{Order, OrderEvent};
use es_core::{Category, Decider, DomainEvent, Projection, Recorded, StoredEvent, UpcastError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use views::{HistoryChange, HistoryEvent};

/// An event of an order in the shape of its current schema, whatever that is. A history has no opinion of what an event
/// says, and keeps what the order itself would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEvent {
    /// Its stored name: `OrderCreated`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What happened.
    pub data: Value,
}

impl DomainEvent for KeptEvent {
    const SCHEMAS: &'static [(&'static str, u32)] = OrderEvent::SCHEMAS;

    fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
        OrderEvent::upcast(event_type, schema, data)
    }
}

/// From the events of an order to what is added to its history.
#[derive(Debug, Clone, Copy)]
pub enum HistoryProjection {}

/// The event that tells whose order it is.
const OPENING: &str = "OrderCreated";

impl Projection for HistoryProjection {
    const NAME: &str = "history-projection";
    const CATEGORY: Category = Order::CATEGORY;

    type Event = KeptEvent;
    type Change = HistoryChange;

    fn project(change: HistoryChange, recorded: &Recorded<KeptEvent>) -> HistoryChange {
        let KeptEvent { event_type, data } = &recorded.event;
        let owner = data["user_id"].as_str().filter(|_| event_type == OPENING).map(ToOwned::to_owned);
        let change = HistoryChange { user_id: change.user_id.or(owner), ..change };
        added(change, recorded, event_type, data)
    }

    /// A history is whole: what newer code wrote is in it as it was stored.
    fn project_unknown(change: HistoryChange, recorded: &Recorded<StoredEvent>) -> HistoryChange {
        added(change, recorded, &recorded.event.event_type, &recorded.event.data)
    }
}

fn added<E>(
    mut change: HistoryChange,
    recorded: &Recorded<E>,
    event_type: &str,
    data: &Value,
) -> HistoryChange {
    let metadata = &recorded.metadata;
    change.events.push(HistoryEvent {
        version: recorded.version,
        id: recorded.id(),
        event_type: event_type.to_owned(),
        data: data.clone(),
        at: metadata.occurred_at,
        traceparent: metadata.traceparent.clone(),
        correlation_id: metadata.correlation_id.clone(),
        causation_id: metadata.causation_id.clone(),
    });
    change
}
