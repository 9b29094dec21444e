//! The handler on API Gateway's payloads: over a store in memory, and over DynamoDB with its requests counted.

use cancel_order::handle;
use create_order::PriceSource;
use es_core::{EventAppender, EventReader};
use event_store::DynamoEventStore;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, anonymous, sample, samples, signed_in};

/// The orders that the samples are about, as they are before them.
async fn prepare<S: EventReader + EventAppender>(store: &S) {
    for (_, event) in samples("create-order") {
        create_order::handle(store, PriceSource::Command, event).await;
    }
}

#[tokio::test]
async fn every_sample_changes_its_order() {
    for (name, event) in samples("cancel-order") {
        let store = InMemoryEventStore::default();
        prepare(&store).await;
        let answered = Answered::from(handle(&store, event).await);
        assert_eq!(answered.status, 200, "{name}: {}", answered.body);
        assert_eq!((&answered.body["version"], &answered.body["status"]), (&json!(2), &json!("cancelled")));
        assert_eq!(answered.header("etag"), "\"2\"");
    }
}

#[tokio::test]
async fn a_repeat_under_its_key_gets_the_first_answer() {
    let store = InMemoryEventStore::default();
    prepare(&store).await;
    let first = Answered::from(handle(&store, sample("cancel-order", "with-reason")).await);
    let again = Answered::from(handle(&store, sample("cancel-order", "with-reason")).await);
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
}

#[tokio::test]
async fn an_order_that_is_not_there_is_not_found() {
    let answered =
        Answered::from(handle(&InMemoryEventStore::default(), sample("cancel-order", "with-reason")).await);
    assert_eq!(
        (answered.status, &answered.body["type"]),
        (404, &json!("urn:cqrs-ecommerce:problem:not-found"))
    );
}

#[tokio::test]
async fn it_costs_one_query_and_one_write_unit() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    prepare(&store).await;
    dynamodb.recorder().clear();
    let answered = Answered::from(handle(&store, sample("cancel-order", "with-reason")).await);
    assert_eq!(answered.status, 200);
    assert_eq!(dynamodb.recorder().requests(), ["Query", "PutItem"]);
    assert!(dynamodb.recorder().read_units() <= 1.0);
    assert!(dynamodb.recorder().write_units() <= 1.0);
}

#[tokio::test]
async fn somebody_elses_order_is_not_touched_and_nothing_is_told_of_it() {
    let store = InMemoryEventStore::default();
    prepare(&store).await;
    let (before, code) = (store.appends(), json!("urn:cqrs-ecommerce:problem:not-yours"));
    for tag in [None, Some("\"1\""), Some("\"99\"")] {
        let mut event =
            signed_in(sample("cancel-order", "with-reason"), "user-0815", "orders:read orders:write");
        event.payload.headers.remove("if-match");
        if let Some(tag) = tag {
            event.payload.headers.insert("if-match", tag.parse().unwrap());
        }
        let refused = Answered::from(handle(&store, event).await);
        assert_eq!((refused.status, &refused.body["type"]), (403, &code), "{tag:?}");
        assert_eq!(refused.body.get("detail"), None);
    }
    assert_eq!(
        Answered::from(handle(&store, anonymous(sample("cancel-order", "with-reason"))).await).status,
        401
    );
    assert_eq!(store.appends(), before);
    let admin = signed_in(sample("cancel-order", "with-reason"), "operator-0001", "orders:admin");
    assert_eq!(Answered::from(handle(&store, admin).await).status, 200);
    // The first answer of a request is not given to another caller who knows its key.
    let repeat = signed_in(sample("cancel-order", "with-reason"), "user-0815", "orders:read orders:write");
    assert_eq!(Answered::from(handle(&store, repeat).await).status, 403);
}
