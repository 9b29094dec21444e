//! Commits of orders.

use domain::order::{OrderCancelled, OrderCreated, OrderEvent, OrderShipped, OrderedItem};
use es_core::{Commit, IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamVersion, Timestamp, encode};
use uuid::Uuid;

/// Commits of one event each, from version 1 on, all of that day of January 1970.
pub(crate) fn life(order: u128, day: i64, events: &[StoredEvent]) -> Vec<Commit> {
    let commit = |(event, first): (&StoredEvent, u64)| Commit {
        stream: format!("order-{}", Uuid::from_u128(order)).parse().unwrap(),
        first: StreamVersion::new(first),
        events: vec![event.clone()],
        metadata: Metadata {
            occurred_at: Timestamp::from_micros((day - 1) * 86_400_000_000).unwrap(),
            actor: "user-1".to_owned(),
            key: IdempotencyKey::try_from(format!("key-{first}")).unwrap(),
            request_hash: RequestHash::stored("00".repeat(32)),
            traceparent: None,
            correlation_id: "correlation".to_owned(),
            causation_id: "request".to_owned(),
        },
        snapshot: None,
    };
    events.iter().zip(1..).map(commit).collect()
}

/// An order of these products, each with its quantity, at one euro the piece.
pub(crate) fn created(products: &[(&str, i64)]) -> StoredEvent {
    let item = |(product, quantity): &(&str, i64)| OrderedItem {
        product_id: (*product).to_owned(),
        name: None,
        quantity: *quantity,
        unit_price_cents: 100,
    };
    stored(&OrderEvent::OrderCreated(OrderCreated {
        user_id: "ada".to_owned(),
        items: products.iter().map(item).collect(),
        total_amount_cents: products.iter().map(|(_, quantity)| 100 * quantity).sum(),
        currency: "EUR".to_owned(),
    }))
}

pub(crate) fn confirmed() -> StoredEvent {
    stored(&OrderEvent::OrderConfirmed {})
}

pub(crate) fn shipped() -> StoredEvent {
    let (tracking_number, carrier) = ("JJD0003".to_owned(), "DHL".to_owned());
    stored(&OrderEvent::OrderShipped(OrderShipped { tracking_number, carrier }))
}

pub(crate) fn delivered() -> StoredEvent {
    stored(&OrderEvent::OrderDelivered {})
}

pub(crate) fn cancelled() -> StoredEvent {
    stored(&OrderEvent::OrderCancelled(OrderCancelled { reason: None }))
}

fn stored(event: &OrderEvent) -> StoredEvent {
    encode(event).unwrap()
}
