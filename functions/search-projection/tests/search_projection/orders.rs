//! Commits of orders.

use domain::order::{OrderCreated, OrderEvent, OrderShipped, OrderedItem};
use es_core::{Commit, IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamVersion, Timestamp, encode};
use uuid::Uuid;

/// Commits of one event each, from version 1 on, each of that second of 1970.
pub(crate) fn life(order: u128, events: &[StoredEvent]) -> Vec<Commit> {
    let commit = |(event, first): (&StoredEvent, u64)| Commit {
        stream: format!("order-{}", Uuid::from_u128(order)).parse().unwrap(),
        first: StreamVersion::new(first),
        events: vec![event.clone()],
        metadata: Metadata {
            occurred_at: Timestamp::from_micros(i64::try_from(first).unwrap() * 1_000_000).unwrap(),
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

/// Of ada: one product with a name, one without.
pub(crate) fn created() -> StoredEvent {
    let item = |product: &str, name: Option<&str>| OrderedItem {
        product_id: product.to_owned(),
        name: name.map(ToOwned::to_owned),
        quantity: 2,
        unit_price_cents: 1_250,
    };
    stored(&OrderEvent::OrderCreated(OrderCreated {
        user_id: "ada".to_owned(),
        items: vec![item("sku-1", Some("Coffee")), item("kettle", None)],
        total_amount_cents: 5_000,
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

/// A known event in a shape that a later version of the service writes.
pub(crate) fn from_the_future() -> StoredEvent {
    StoredEvent { schema: 99, ..created() }
}

fn stored(event: &OrderEvent) -> StoredEvent {
    encode(event).unwrap()
}
