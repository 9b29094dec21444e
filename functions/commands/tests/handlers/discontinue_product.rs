//! The handler on API Gateway's payloads: over a store in memory, and over DynamoDB with its requests counted.

use es_core::{EventAppender, EventReader};
use http_api::GatewayEvent;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample, samples};

use crate::{answered, problem, run_samples, without_key};

fn event() -> GatewayEvent {
    sample("discontinue-product", "discontinue")
}

async fn discontinue(store: &(impl EventReader + EventAppender), event: GatewayEvent) -> Answered {
    answered("discontinue-product", store, event).await
}

/// A store with the products that the samples are about.
async fn prepared() -> InMemoryEventStore {
    let store = InMemoryEventStore::default();
    run_samples("register-product", &store).await;
    store
}

#[tokio::test]
async fn every_sample_ends_its_product() {
    for (name, event) in samples("discontinue-product") {
        let ended = discontinue(&prepared().await, event).await;
        assert_eq!(ended.status, 200, "{name}: {}", ended.body);
        assert_eq!((&ended.body["version"], &ended.body["status"]), (&json!(2), &json!("discontinued")));
    }
}

#[tokio::test]
async fn it_is_answered_alike_however_often_it_is_asked() {
    let store = prepared().await;
    let first = discontinue(&store, event()).await;
    let appends = store.appends();
    let again = discontinue(&store, without_key(event())).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(store.appends(), appends);
}

#[tokio::test]
async fn a_discontinued_product_is_not_registered_again() {
    let store = prepared().await;
    discontinue(&store, event()).await;
    let register = without_key(sample("register-product", "hand-grinder"));
    let refused = answered("register-product", &store, register).await;
    assert_eq!(problem(&refused), (409, "product-discontinued"));
}

#[tokio::test]
async fn a_product_that_is_not_there_is_not_found() {
    let missed = discontinue(&InMemoryEventStore::default(), event()).await;
    assert_eq!(problem(&missed), (404, "not-found"));
}

#[tokio::test]
async fn it_costs_one_query_and_one_write_unit() {
    let (dynamodb, store) = crate::dynamodb().await;
    run_samples("register-product", &store).await;
    dynamodb.recorder().clear();
    assert_eq!(discontinue(&store, event()).await.status, 200);
    crate::assert_one_query_and_one_write_unit(&dynamodb);
}

#[tokio::test]
async fn it_takes_an_admin() {
    crate::assert_takes_an_admin("discontinue-product", "discontinue").await;
}
