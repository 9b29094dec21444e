//! Test data: the streams of a small shop in the form that the event table stores. The module [`expected`] computes the
//! results that queries must give for any streams.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails when its setup fails")]

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

/// A commit of `stream` that begins at version `first`. It was accepted `first` seconds after the beginning of 1970.
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

/// Commits of `stream` with one event each, starting at version 1.
#[must_use]
pub fn single_event_commits(stream: &StreamId, events: &[StoredEvent]) -> Vec<Commit> {
    commits_of(stream, 1, events)
}

/// Commits of `stream` with `size` events each, starting at version 1. The last one may have fewer events.
#[must_use]
pub fn commits_of(stream: &StreamId, size: usize, events: &[StoredEvent]) -> Vec<Commit> {
    let firsts = (1..).step_by(size);
    events.chunks(size).zip(firsts).map(|(events, first)| commit(stream, first, events.to_vec())).collect()
}

/// A stored event of the given type and schema.
#[must_use]
pub fn event(event_type: &str, schema: u32, data: Value) -> StoredEvent {
    StoredEvent { event_type: event_type.to_owned(), schema, data }
}

/// An order of two products was created.
#[must_use]
pub fn created() -> StoredEvent {
    let item = |product: &str| json!({"product_id": product, "quantity": 2, "unit_price_cents": 1_250});
    let data = json!({
        "user_id": "user-0001", "items": [item("coffee-beans"), item("kettle")],
        "total_amount_cents": 5_000, "currency": "EUR",
    });
    event("OrderCreated", 2, data)
}

/// An order was created, as the first releases stored it: without a currency.
#[must_use]
pub fn created_under_schema_1() -> StoredEvent {
    let item = json!({"product_id": "kettle", "quantity": 1, "unit_price_cents": 5_990});
    event("OrderCreated", 1, json!({"user_id": "user-0001", "items": [item], "total_amount_cents": 5_990}))
}

/// The order was confirmed.
#[must_use]
pub fn confirmed() -> StoredEvent {
    event("OrderConfirmed", 1, json!({"confirmed_by": "clerk-1"}))
}

/// The order was shipped.
#[must_use]
pub fn shipped() -> StoredEvent {
    event("OrderShipped", 1, json!({"tracking_number": "JJD0003", "carrier": "DHL"}))
}

/// The order was delivered.
#[must_use]
pub fn delivered() -> StoredEvent {
    event("OrderDelivered", 1, json!({}))
}

/// The order was cancelled.
#[must_use]
pub fn cancelled() -> StoredEvent {
    event("OrderCancelled", 1, json!({"reason": "ordered twice"}))
}

/// An event with a schema that only newer code knows.
#[must_use]
pub fn from_the_future() -> StoredEvent {
    StoredEvent { schema: 99, ..confirmed() }
}

/// A product was registered.
#[must_use]
pub fn registered() -> StoredEvent {
    let data =
        json!({"product_id": "kettle", "name": "Kettle", "unit_price_cents": 1_250, "currency": "EUR"});
    event("ProductRegistered", 1, data)
}

/// The product was discontinued.
#[must_use]
pub fn discontinued() -> StoredEvent {
    event("ProductDiscontinued", 1, json!({}))
}

/// All commits of a shop with three orders and one product.
#[must_use]
pub fn commits() -> Vec<Commit> {
    [
        single_event_commits(&order(1), &[created(), confirmed(), shipped()]),
        single_event_commits(&order(2), &[created(), cancelled()]),
        single_event_commits(&order(3), &[created()]),
        single_event_commits(&product(1), &[registered(), discontinued()]),
    ]
    .concat()
}

/// Appends `commits` to `events`.
pub async fn append_all(events: &impl EventAppender, commits: &[Commit]) {
    for commit in commits {
        events.append(commit).await.unwrap();
    }
}
