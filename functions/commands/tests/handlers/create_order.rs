//! The handler on API Gateway's payloads, with prices in the command: over a store in memory, and over DynamoDB with its requests counted.

use std::num::NonZeroU16;

use commands::create_order::PriceSource;
use domain::order::OrderId;
use es_core::{EventAppender, EventReader, IdempotencyKey, StreamVersion};
use http_api::GatewayEvent;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::gateway::{Answered, anonymous, sample, samples, signed_in};

use crate::{answered, problem};

async fn create(store: &(impl EventReader + EventAppender), event: GatewayEvent) -> Answered {
    answered("create-order", store, event).await
}

#[tokio::test]
async fn every_sample_creates_an_order_without_a_read() {
    for (name, event) in samples("create-order") {
        let store = InMemoryEventStore::default();
        let answered = create(&store, event).await;
        assert_eq!(answered.status, 201, "{name}: {}", answered.body);
        assert_eq!((&answered.body["version"], &answered.body["status"]), (&json!(1), &json!("pending")));
        assert_eq!((store.loads(), store.appends()), (0, 1), "{name}");
    }
}

#[tokio::test]
async fn the_commit_records_what_the_request_said() {
    let store = InMemoryEventStore::default();
    create(&store, sample("create-order", "three-items")).await;
    let key = IdempotencyKey::try_from("sample-three-items".to_owned()).unwrap();
    let stream = OrderId::derived("user-0042", &key).stream();
    let commits = store.commits_after(&stream, StreamVersion::NONE, NonZeroU16::MIN).await.unwrap();
    let commit = &commits[0];
    assert_eq!(commit.metadata.key, key);
    assert_eq!(commit.metadata.actor, "user-0042");
    assert_eq!(commit.metadata.correlation_id, "checkout-7781");
    assert_eq!(commit.metadata.causation_id, "00000000-0000-4000-8000-000000000001");
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(commit.metadata.traceparent.as_deref(), Some(traceparent));
    let event = &commit.events[0];
    assert_eq!((event.event_type.as_str(), event.schema), ("OrderCreated", 2));
    assert_eq!(event.data["total_amount_cents"], 10_237);
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_writes_nothing() {
    let store = InMemoryEventStore::default();
    let first = create(&store, sample("create-order", "one-item")).await;
    let again = create(&store, sample("create-order", "one-item")).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!(store.loads(), 0);
}

#[tokio::test]
async fn creation_costs_one_write_unit_and_no_read() {
    let (dynamodb, store) = crate::dynamodb().await;
    assert!(dynamodb.recorder().requests().is_empty(), "a cold instance asks for nothing");
    assert_eq!(create(&store, sample("create-order", "three-items")).await.status, 201);
    assert_eq!(dynamodb.recorder().requests(), ["PutItem"]);
    assert!(dynamodb.recorder().write_units() <= 1.0);
    assert!(dynamodb.recorder().read_units() <= 0.0);
}

#[test]
fn a_source_of_prices_has_a_name() {
    assert_eq!("catalog".parse(), Ok(PriceSource::Catalog));
    assert_eq!("command".parse(), Ok(PriceSource::Command));
    let error = "Catalog".parse::<PriceSource>().unwrap_err();
    assert_eq!(error.to_string(), "PRICE_SOURCE is catalog or command, not \"Catalog\"");
}

#[tokio::test]
async fn an_order_is_for_its_caller_unless_an_admin_opens_it() {
    let store = InMemoryEventStore::default();
    let event = || sample("create-order", "three-items");
    let foreign = create(&store, signed_in(event(), "user-0007", "orders:write")).await;
    assert_eq!(problem(&foreign), (403, "not-yours"));
    assert_eq!(create(&store, anonymous(event())).await.status, 401);
    assert_eq!(store.appends(), 0);
    assert_eq!(create(&store, signed_in(event(), "operator-0001", "orders:admin")).await.status, 201);
}

#[tokio::test]
async fn an_order_that_names_nobody_is_its_callers() {
    let store = InMemoryEventStore::default();
    let mut event = sample("create-order", "one-item");
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    event.payload.body = Some(json!({ "items": items }).to_string());
    let created = create(&store, event).await;
    let stream = format!("order-{}", created.body["order_id"].as_str().unwrap()).parse().unwrap();
    let commits = store.commits_after(&stream, StreamVersion::NONE, NonZeroU16::MIN).await.unwrap();
    assert_eq!(commits[0].events[0].data["user_id"], "user-0007");
    assert_eq!(commits[0].metadata.actor, "user-0007");
}
