//! What the events of an order add to its history: themselves.

use domain::order::Order;
use es_core::{Category, Decider, Projection, Recorded, StoredEvent};
use serde_json::Value;
use views::{HistoryChange, HistoryEvent};

use crate::KeptEvent;

/// From the events of an order to what is added to its history.
#[derive(Debug, Clone, Copy)]
pub enum HistoryProjection {}

/// The event that tells whose order it is.
const OPENING: &str = "OrderCreated";

impl Projection for HistoryProjection {
    const NAME: &str = env!("CARGO_PKG_NAME");
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
