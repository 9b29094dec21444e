//! The streams of a small shop, as the event table stores them, for tests of what works on all streams; and [`expected`], what queries
//! have to answer to whatever streams there are.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test ends where what it stands on fails"
)]

pub mod expected;

use es_core::{
    Commit, EventAppender, IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamId, StreamVersion,
    Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The stream of the order with this number.
#[must_use]
pub fn order(number: u128) -> StreamId {
    format!("order-{}", Uuid::from_u128(number)).parse().unwrap()
}

/// The stream of the product with this number.
#[must_use]
pub fn product(number: u128) -> StreamId {
    format!("product-{}", Uuid::from_u128(number)).parse().unwrap()
}

/// The commit of `stream` that begins at version `first`; it is accepted in that second of 1970.
#[must_use]
pub fn commit(stream: &StreamId, first: u64, events: Vec<StoredEvent>) -> Commit {
    let metadata = Metadata {
        occurred_at: Timestamp::from_micros(i64::try_from(first).unwrap() * 1_000_000).unwrap(),
        actor: "user-1".to_owned(),
        key: IdempotencyKey::try_from(format!("key-{first}")).unwrap(),
        request_hash: RequestHash::stored("00".repeat(32)),
        traceparent: None,
        correlation_id: "correlation".to_owned(),
        causation_id: "request".to_owned(),
    };
    Commit { stream: stream.clone(), first: StreamVersion::new(first), events, metadata, snapshot: None }
}

/// Commits of `stream` with one event each, from version 1 on.
#[must_use]
pub fn life(stream: &StreamId, events: &[StoredEvent]) -> Vec<Commit> {
    events.iter().zip(1..).map(|(event, first)| commit(stream, first, vec![event.clone()])).collect()
}

/// An event in the shape of `schema`.
#[must_use]
pub fn event(event_type: &str, schema: u32, data: Value) -> StoredEvent {
    StoredEvent { event_type: event_type.to_owned(), schema, data }
}

/// An order of two products is opened.
#[must_use]
pub fn created() -> StoredEvent {
    let item = |product: &str| json!({"product_id": product, "quantity": 2, "unit_price_cents": 1_250});
    let data = json!({
        "user_id": "user-0001", "items": [item("coffee-beans"), item("kettle")],
        "total_amount_cents": 5_000, "currency": "EUR",
    });
    event("OrderCreated", 2, data)
}

/// It is confirmed.
#[must_use]
pub fn confirmed() -> StoredEvent {
    event("OrderConfirmed", 1, json!({}))
}

/// It is shipped.
#[must_use]
pub fn shipped() -> StoredEvent {
    event("OrderShipped", 1, json!({"tracking_number": "JJD0003", "carrier": "DHL"}))
}

/// It is delivered.
#[must_use]
pub fn delivered() -> StoredEvent {
    event("OrderDelivered", 1, json!({}))
}

/// It is cancelled.
#[must_use]
pub fn cancelled() -> StoredEvent {
    event("OrderCancelled", 1, json!({"reason": "ordered twice"}))
}

/// An event in a shape that only newer code knows.
#[must_use]
pub fn from_the_future() -> StoredEvent {
    StoredEvent { schema: 99, ..confirmed() }
}

/// A product is offered.
#[must_use]
pub fn registered() -> StoredEvent {
    let data =
        json!({"product_id": "kettle", "name": "Kettle", "unit_price_cents": 1_250, "currency": "EUR"});
    event("ProductRegistered", 1, data)
}

/// It is offered no longer.
#[must_use]
pub fn discontinued() -> StoredEvent {
    event("ProductDiscontinued", 1, json!({}))
}

/// Every commit of a shop with three orders and a product.
#[must_use]
pub fn commits() -> Vec<Commit> {
    [
        life(&order(1), &[created(), confirmed(), shipped()]),
        life(&order(2), &[created(), cancelled()]),
        life(&order(3), &[created()]),
        life(&product(1), &[registered(), discontinued()]),
    ]
    .concat()
}

/// Appends `commits` to `events`.
pub async fn append_all(events: &impl EventAppender, commits: &[Commit]) {
    for commit in commits {
        events.append(commit).await.unwrap();
    }
}
