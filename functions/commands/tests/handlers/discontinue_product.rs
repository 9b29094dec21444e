//! The handler on API Gateway's payloads: over a store in memory, and over DynamoDB with its requests counted.

use commands::discontinue_product::handle;
use es_core::{EventAppender, EventReader};
use event_store::DynamoEventStore;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, anonymous, sample, samples, signed_in};

use crate::request;

/// The products that the samples are about.
async fn prepare<S: EventReader + EventAppender>(store: &S) {
    for (_, event) in samples("register-product") {
        commands::register_product::handle(store, &request(event)).await;
    }
}

#[tokio::test]
async fn every_sample_ends_its_product() {
    for (name, event) in samples("discontinue-product") {
        let store = InMemoryEventStore::default();
        prepare(&store).await;
        let answered = Answered::from(handle(&store, &request(event)).await);
        assert_eq!(answered.status, 200, "{name}: {}", answered.body);
        assert_eq!(
            (&answered.body["version"], &answered.body["status"]),
            (&json!(2), &json!("discontinued"))
        );
    }
}

#[tokio::test]
async fn it_is_answered_alike_however_often_it_is_asked() {
    let store = InMemoryEventStore::default();
    prepare(&store).await;
    let first = Answered::from(handle(&store, &request(sample("discontinue-product", "discontinue"))).await);
    let appends = store.appends();
    let mut again = sample("discontinue-product", "discontinue");
    again.payload.headers.remove("idempotency-key");
    let again = Answered::from(handle(&store, &request(again)).await);
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(store.appends(), appends);
}

#[tokio::test]
async fn a_discontinued_product_is_not_registered_again() {
    let store = InMemoryEventStore::default();
    prepare(&store).await;
    handle(&store, &request(sample("discontinue-product", "discontinue"))).await;
    let mut register = sample("register-product", "hand-grinder");
    register.payload.headers.remove("idempotency-key");
    let answered = Answered::from(commands::register_product::handle(&store, &request(register)).await);
    let code = "urn:cqrs-ecommerce:problem:product-discontinued";
    assert_eq!((answered.status, &answered.body["type"]), (409, &json!(code)));
}

#[tokio::test]
async fn a_product_that_is_not_there_is_not_found() {
    let store = InMemoryEventStore::default();
    let answered =
        Answered::from(handle(&store, &request(sample("discontinue-product", "discontinue"))).await);
    let code = "urn:cqrs-ecommerce:problem:not-found";
    assert_eq!((answered.status, &answered.body["type"]), (404, &json!(code)));
}

#[tokio::test]
async fn it_costs_one_query_and_one_write_unit() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    prepare(&store).await;
    dynamodb.recorder().clear();
    let answered =
        Answered::from(handle(&store, &request(sample("discontinue-product", "discontinue"))).await);
    assert_eq!(answered.status, 200);
    assert_eq!(dynamodb.recorder().requests(), ["Query", "PutItem"]);
    assert!(dynamodb.recorder().read_units() <= 1.0);
    assert!(dynamodb.recorder().write_units() <= 1.0);
}

#[tokio::test]
async fn it_takes_an_admin() {
    let store = InMemoryEventStore::default();
    let event = || sample("discontinue-product", "discontinue");
    let customer =
        Answered::from(handle(&store, &request(signed_in(event(), "user-0042", "orders:write"))).await);
    let code = json!("urn:cqrs-ecommerce:problem:forbidden");
    assert_eq!((customer.status, &customer.body["type"]), (403, &code));
    assert_eq!(Answered::from(handle(&store, &request(anonymous(event()))).await).status, 401);
    assert_eq!((store.loads(), store.appends()), (0, 0));
}
