//! The handlers on API Gateway's payloads.
#![cfg(test)]

mod cancel_order;
mod confirm_order;
mod create_order;
mod create_order_catalog;
mod deliver_order;
mod discontinue_product;
mod order_command;
mod register_product;
mod ship_order;
mod submit_batch;

use std::sync::Arc;

use commands::create_order::PriceSource;
use commands::dispatch;
use es_core::{EventAppender, EventReader};
use event_store::DynamoEventStore;
use http_api::{GatewayEvent, Request};
use lambda::SystemClock;
use testing::InMemoryEventStore;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, anonymous, sample, samples, signed_in};

/// The request that the function gets for `event`.
fn request(event: GatewayEvent) -> Request {
    commands::api(Arc::new(SystemClock)).request(event)
}

/// The answer of `function` to `event`; orders are created at the prices that their commands name.
async fn answered(
    function: &str,
    store: &(impl EventReader + EventAppender),
    event: GatewayEvent,
) -> Answered {
    dispatch(function, store, PriceSource::Command, &request(event)).await.unwrap().into()
}

/// Has `function` carry out all its samples.
async fn run_samples(function: &str, store: &(impl EventReader + EventAppender)) {
    for (_, event) in samples(function) {
        answered(function, store, event).await;
    }
}

/// `event` under no idempotency key, and so another request.
fn without_key(mut event: GatewayEvent) -> GatewayEvent {
    event.payload.headers.remove("idempotency-key");
    event
}

/// The status and the kind of the problem in an answer.
fn problem(answered: &Answered) -> (i64, &str) {
    let kind = answered.body["type"].as_str().unwrap();
    (answered.status, kind.strip_prefix("urn:cqrs-ecommerce:problem:").unwrap())
}

/// A DynamoDB in process with its event store.
async fn dynamodb() -> (LocalDynamoDb, DynamoEventStore) {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    (dynamodb, store)
}

/// The requests were a read of at most one unit, and a write of at most one unit.
fn assert_one_query_and_one_write_unit(dynamodb: &LocalDynamoDb) {
    assert_eq!(dynamodb.recorder().requests(), ["Query", "PutItem"]);
    assert!(dynamodb.recorder().read_units() <= 1.0);
    assert!(dynamodb.recorder().write_units() <= 1.0);
}

/// A customer and nobody are refused what the sample `name` of `function` asks for, before anything is read.
async fn assert_takes_an_admin(function: &str, name: &str) {
    let store = InMemoryEventStore::default();
    let customer = signed_in(sample(function, name), "user-0042", "orders:write");
    assert_eq!(problem(&answered(function, &store, customer).await), (403, "forbidden"));
    assert_eq!(answered(function, &store, anonymous(sample(function, name))).await.status, 401);
    assert_eq!((store.loads(), store.appends()), (0, 0));
}
