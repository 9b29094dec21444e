//! Commits of orders.

use domain::order::{OrderCancelled, OrderCreated, OrderEvent, OrderShipped, OrderedItem};
use es_core::{
    Commit, IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamId, StreamVersion, Timestamp, encode,
};
use serde_json::json;
use uuid::Uuid;

pub(crate) fn stream(order: u128) -> StreamId {
    format!("order-{}", Uuid::from_u128(order)).parse().unwrap()
}

/// The commit of `stream` that begins at version `first`; it is accepted in that second of 1970.
pub(crate) fn commit(stream: StreamId, first: u64, events: Vec<StoredEvent>) -> Commit {
    let metadata = Metadata {
        occurred_at: Timestamp::from_micros(i64::try_from(first).unwrap() * 1_000_000).unwrap(),
        actor: "user-1".to_owned(),
        key: IdempotencyKey::try_from(format!("key-{first}")).unwrap(),
        request_hash: RequestHash::stored("00".repeat(32)),
        traceparent: None,
        correlation_id: "correlation".to_owned(),
        causation_id: "request".to_owned(),
    };
    Commit { stream, first: StreamVersion::new(first), events, metadata, snapshot: None }
}

/// Commits of one event each, from version 1 on.
pub(crate) fn life(order: u128, events: &[StoredEvent]) -> Vec<Commit> {
    let commits = events.iter().zip(1..);
    commits.map(|(event, first)| commit(stream(order), first, vec![event.clone()])).collect()
}

pub(crate) fn created() -> StoredEvent {
    let item = |product: &str| {
        let product_id = product.to_owned();
        OrderedItem { product_id, name: None, quantity: 2, unit_price_cents: 1_250 }
    };
    stored(&OrderEvent::OrderCreated(OrderCreated {
        user_id: "user-0000-0000-0001".to_owned(),
        items: vec![item("coffee-beans-1kg"), item("paper-filter-100"), item("kettle-gooseneck")],
        total_amount_cents: 7_500,
        currency: "EUR".to_owned(),
    }))
}

pub(crate) fn confirmed() -> StoredEvent {
    stored(&OrderEvent::OrderConfirmed {})
}

pub(crate) fn shipped() -> StoredEvent {
    let (tracking_number, carrier) = ("DE-123456".to_owned(), "DHL".to_owned());
    stored(&OrderEvent::OrderShipped(OrderShipped { tracking_number, carrier }))
}

pub(crate) fn delivered() -> StoredEvent {
    stored(&OrderEvent::OrderDelivered {})
}

pub(crate) fn cancelled() -> StoredEvent {
    stored(&OrderEvent::OrderCancelled(OrderCancelled { reason: Some("ordered twice".to_owned()) }))
}

/// An event that a later version of the service writes.
pub(crate) fn unknown() -> StoredEvent {
    StoredEvent { event_type: "OrderGiftWrapped".to_owned(), schema: 1, data: json!({ "paper": "blue" }) }
}

/// A known event in a shape that a later version of the service writes.
pub(crate) fn from_the_future() -> StoredEvent {
    StoredEvent { schema: 99, ..confirmed() }
}

fn stored(event: &OrderEvent) -> StoredEvent {
    encode(event).unwrap()
}
