//! The handler on API Gateway's payloads: over a store in memory, and over DynamoDB with its requests counted.

use es_core::{EventAppender, EventReader};
use http_api::GatewayEvent;
use serde_json::{Value, json};
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample, samples};

use crate::{answered, without_key};

fn event() -> GatewayEvent {
    sample("register-product", "pour-over-kettle")
}

/// The sample as another request: with another body, and under no key.
fn changed(body: &Value) -> GatewayEvent {
    let mut event = without_key(event());
    event.payload.body = Some(body.to_string());
    event
}

async fn register(store: &(impl EventReader + EventAppender), event: GatewayEvent) -> Answered {
    answered("register-product", store, event).await
}

#[tokio::test]
async fn every_sample_registers_its_product() {
    let store = InMemoryEventStore::default();
    for (name, event) in samples("register-product") {
        let id = event.payload.path_parameters["id"].clone();
        let registered = register(&store, event).await;
        assert_eq!(registered.status, 201, "{name}: {}", registered.body);
        assert_eq!(registered.body, json!({"product_id": id, "version": 1, "status": "active"}));
        assert_eq!(registered.header("etag"), "\"1\"");
    }
}

#[tokio::test]
async fn a_location_is_written_as_a_path_is() {
    let store = InMemoryEventStore::default();
    for (name, id) in [("pour-over-kettle", "pour-over-kettle"), ("kyusu", "%E6%80%A5%E9%A0%88")] {
        let registered = register(&store, sample("register-product", name)).await;
        assert_eq!(registered.header("location"), format!("/queries/products/{id}"));
    }
}

#[tokio::test]
async fn a_product_that_is_there_is_changed_in_what_differs() {
    let store = InMemoryEventStore::default();
    register(&store, event()).await;
    let same = json!({"name": "Pour-over kettle", "unit_price_cents": 5990, "currency": "EUR"});
    let dearer = json!({"name": "Pour-over kettle", "unit_price_cents": 6490, "currency": "EUR"});
    let other = json!({"name": "Kettle", "unit_price_cents": 6990, "currency": "EUR"});
    for (body, version, appends) in [(&same, 1, 1), (&dearer, 2, 2), (&dearer, 2, 2), (&other, 4, 3)] {
        let answered = register(&store, changed(body)).await;
        assert_eq!((answered.status, &answered.body["version"]), (200, &json!(version)), "{body}");
        assert_eq!((store.appends(), answered.header("location")), (appends, ""), "{body}");
    }
}

#[tokio::test]
async fn a_repeat_under_its_key_gets_the_first_answer_after_a_change() {
    let store = InMemoryEventStore::default();
    let first = register(&store, event()).await;
    register(&store, changed(&json!({"name": "Kettle", "unit_price_cents": 1}))).await;
    let again = register(&store, event()).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn an_id_that_no_product_can_have_is_named() {
    let mut event = event();
    event.payload.path_parameters.insert("id".to_owned(), "x".repeat(129));
    let refused = register(&InMemoryEventStore::default(), event).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("product_id")));
}

#[tokio::test]
async fn it_costs_one_query_and_one_write_unit() {
    let (dynamodb, store) = crate::dynamodb().await;
    assert_eq!(register(&store, event()).await.status, 201);
    crate::assert_one_query_and_one_write_unit(&dynamodb);
}

#[tokio::test]
async fn what_is_so_already_costs_one_query() {
    let (dynamodb, store) = crate::dynamodb().await;
    register(&store, event()).await;
    dynamodb.recorder().clear();
    assert_eq!(register(&store, without_key(event())).await.status, 200);
    assert_eq!(dynamodb.recorder().requests(), ["Query"]);
}

#[tokio::test]
async fn it_takes_an_admin() {
    crate::assert_takes_an_admin("register-product", "pour-over-kettle").await;
}
