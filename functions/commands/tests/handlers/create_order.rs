//! Tests the handler with API Gateway payloads. The prices come with the command.

use std::time::Duration;

use commands::create_order::{PriceSource, handle};
use domain::order::OrderId;
use es_core::{EventReader, IdempotencyKey, StreamVersion};
use serde_json::json;
use std::num::NonZeroU16;
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample, signed_in};

use crate::{CommandContract, ORDER_COMMAND, request};

testing::command_contract! {
    CommandContract {
        name: "create-order",
        after: &[],
        sample: "one-item",
        answer: (201, 1, "pending"),
        costs: &["PutItem"],
        ..ORDER_COMMAND
    };
    a_repeated_request_gets_the_first_response
    another_request_under_the_same_key_is_refused
    the_same_key_of_another_caller_is_another_key
    every_sample_succeeds
    the_command_costs_what_it_declares
    an_anonymous_request_is_refused
}

#[tokio::test]
async fn the_commit_records_the_request_metadata() {
    let store = InMemoryEventStore::default();
    handle(&store, &PriceSource::Command, &request(sample("create-order", "three-items"))).await;
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

#[test]
fn price_sources_are_parsed_by_name() {
    let source = |name| PriceSource::new(name, Duration::ZERO);
    assert!(matches!(source("catalog"), Ok(PriceSource::Catalog(_))));
    assert!(matches!(source("command"), Ok(PriceSource::Command)));
    let error = source("Catalog").unwrap_err();
    assert_eq!(error.to_string(), "PRICE_SOURCE must be catalog or command, not \"Catalog\"");
}

#[tokio::test]
async fn only_an_admin_creates_an_order_for_another_user() {
    let store = InMemoryEventStore::default();
    let create = async |event| Answered::from(handle(&store, &PriceSource::Command, &request(event)).await);
    let foreign = create(signed_in(sample("create-order", "three-items"), "user-0007", "orders:write")).await;
    let code = json!("urn:cqrs-ecommerce:problem:not-yours");
    assert_eq!((foreign.status, &foreign.body["type"]), (403, &code));
    assert_eq!(store.appends(), 0);
    let admin =
        create(signed_in(sample("create-order", "three-items"), "operator-0001", "orders:admin")).await;
    assert_eq!(admin.status, 201);
}

#[tokio::test]
async fn an_order_without_a_user_belongs_to_the_caller() {
    let store = InMemoryEventStore::default();
    let mut event = sample("create-order", "one-item");
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    event.payload.body = Some(json!({ "items": items }).to_string());
    let created = Answered::from(handle(&store, &PriceSource::Command, &request(event)).await);
    let stream = format!("order-{}", created.body["order_id"].as_str().unwrap()).parse().unwrap();
    let commits = store.commits_after(&stream, StreamVersion::NONE, NonZeroU16::MIN).await.unwrap();
    assert_eq!(commits[0].events[0].data["user_id"], "user-0007");
    assert_eq!(commits[0].metadata.actor, "user-0007");
}
