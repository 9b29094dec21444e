//! Tests the handler with API Gateway payloads: the contract of every command, and new and changed products.

use commands::register_product::handle;
use event_store::DynamoEventStore;
use http_api::GatewayEvent;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample};

use crate::{CommandContract, Shop, request};

testing::command_contract! {
    CommandContract {
        functions: Shop,
        name: "register-product",
        after: &[],
        sample: "pour-over-kettle",
        id: "product_id",
        answer: (201, 1, "active"),
        costs: &["Query", "PutItem"],
        refusal: "forbidden",
    };
    a_repeated_request_gets_the_first_response
    a_stale_version_is_refused
    a_caller_without_access_is_refused_without_details
    another_request_under_the_same_key_is_refused
    the_same_key_of_another_caller_is_another_key
    every_sample_succeeds
    the_command_costs_what_it_declares
    an_anonymous_request_is_refused
}

/// The sample with another body and without an idempotency key.
fn changed(body: &serde_json::Value) -> GatewayEvent {
    let mut event = sample("register-product", "pour-over-kettle");
    event.payload.headers.remove("idempotency-key");
    event.payload.body = Some(body.to_string());
    event
}

#[tokio::test]
async fn the_location_header_is_percent_encoded() {
    let store = InMemoryEventStore::default();
    let answered =
        Answered::from(handle(&store, &request(sample("register-product", "pour-over-kettle"))).await);
    assert_eq!(answered.header("location"), "/queries/products/pour-over-kettle");
    let answered = Answered::from(handle(&store, &request(sample("register-product", "kyusu"))).await);
    assert_eq!(answered.header("location"), "/queries/products/%E6%80%A5%E9%A0%88");
}

#[tokio::test]
async fn an_existing_product_gets_only_the_changed_fields() {
    let store = InMemoryEventStore::default();
    handle(&store, &request(sample("register-product", "pour-over-kettle"))).await;
    let same = json!({"name": "Pour-over kettle", "unit_price_cents": 5990, "currency": "EUR"});
    let dearer = json!({"name": "Pour-over kettle", "unit_price_cents": 6490, "currency": "EUR"});
    let other = json!({"name": "Kettle", "unit_price_cents": 6990, "currency": "EUR"});
    for (body, version, appends) in [(&same, 1, 1), (&dearer, 2, 2), (&dearer, 2, 2), (&other, 4, 3)] {
        let answered = Answered::from(handle(&store, &request(changed(body))).await);
        assert_eq!((answered.status, &answered.body["version"]), (200, &json!(version)), "{body}");
        assert_eq!((store.appends(), answered.header("location")), (appends, ""), "{body}");
    }
}

#[tokio::test]
async fn a_repeat_under_its_key_gets_the_first_answer_after_a_change() {
    let store = InMemoryEventStore::default();
    let first =
        Answered::from(handle(&store, &request(sample("register-product", "pour-over-kettle"))).await);
    handle(&store, &request(changed(&json!({"name": "Kettle", "unit_price_cents": 1})))).await;
    let again =
        Answered::from(handle(&store, &request(sample("register-product", "pour-over-kettle"))).await);
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn an_invalid_product_id_is_named_in_the_problem() {
    let store = InMemoryEventStore::default();
    let mut event = sample("register-product", "pour-over-kettle");
    event.payload.path_parameters.insert("id".to_owned(), "x".repeat(129));
    let answered = Answered::from(handle(&store, &request(event.clone())).await);
    assert_eq!((answered.status, &answered.body["errors"][0]["field"]), (422, &json!("product_id")));
    for id in [".", "..", "%2e", ".%2E"] {
        event.payload.path_parameters.insert("id".to_owned(), id.to_owned());
        let answered = Answered::from(handle(&store, &request(event.clone())).await);
        let error = &answered.body["errors"][0];
        assert_eq!((answered.status, &error["code"]), (422, &json!("text-dot-segment")), "{id}");
    }
    assert_eq!(store.appends(), 0);
}

#[tokio::test]
async fn registering_an_unchanged_product_costs_one_query() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    handle(&store, &request(sample("register-product", "pour-over-kettle"))).await;
    dynamodb.recorder().clear();
    let mut same = sample("register-product", "pour-over-kettle");
    same.payload.headers.remove("idempotency-key");
    assert_eq!(Answered::from(handle(&store, &request(same)).await).status, 200);
    assert_eq!(dynamodb.recorder().requests(), ["Query"]);
}
