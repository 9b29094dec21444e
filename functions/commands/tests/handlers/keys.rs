//! Tests the promise of idempotency keys with the sequences that break a weaker promise.

use commands::register_product::handle;
use http_api::GatewayEvent;
use serde_json::{Value, json};
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample, signed_in};

use crate::request;

/// The request of `admin` to set a product's price under `key`.
fn price(admin: &str, key: &str, cents: i64) -> GatewayEvent {
    let mut event = signed_in(sample("register-product", "pour-over-kettle"), admin, "orders:admin");
    event.payload.headers.insert("idempotency-key", key.parse().unwrap());
    event.payload.body = Some(json!({"name": "Kettle", "unit_price_cents": cents}).to_string());
    event
}

/// `event` for a product at `version`.
fn at_version(mut event: GatewayEvent, version: &str) -> GatewayEvent {
    event.payload.headers.insert("if-match", format!("\"{version}\"").parse().unwrap());
    event
}

/// The status of the response, the version, and whether the response is a repeat.
async fn send(store: &InMemoryEventStore, event: GatewayEvent) -> (i64, Value, bool) {
    let answered = Answered::from(handle(store, &request(event)).await);
    let is_repeat = answered.header("idempotent-replayed") == "true";
    (answered.status, answered.body["version"].clone(), is_repeat)
}

#[tokio::test]
async fn two_admins_who_number_their_requests_do_not_get_each_others_answers() {
    let store = InMemoryEventStore::default();
    assert_eq!(send(&store, price("admin-a", "1", 5990)).await, (201, json!(1), false));
    assert_eq!(send(&store, price("admin-a", "2", 6990)).await, (200, json!(2), false));
    assert_eq!(send(&store, price("admin-b", "1", 5990)).await, (200, json!(3), false));
    assert_eq!(send(&store, price("admin-b", "2", 100)).await, (200, json!(4), false));
    for (admin, version) in [("admin-a", 1), ("admin-b", 3)] {
        let (_, repeated, is_repeat) = send(&store, price(admin, "1", 5990)).await;
        assert_eq!((repeated, is_repeat), (json!(version), true), "{admin}");
    }
}

#[tokio::test]
async fn a_request_that_changed_nothing_is_decided_again_unless_it_expects_a_version() {
    let store = InMemoryEventStore::default();
    send(&store, price("admin-a", "first", 100)).await;
    let unchanged = || price("admin-a", "again", 100);
    assert_eq!(send(&store, unchanged()).await, (200, json!(1), false));
    assert_eq!(send(&store, at_version(unchanged(), "1")).await, (200, json!(1), false));
    assert_eq!(send(&store, price("admin-a", "dearer", 120)).await, (200, json!(2), false));
    let (status, ..) = send(&store, at_version(unchanged(), "1")).await;
    assert_eq!(status, 412);
    assert_eq!(send(&store, unchanged()).await, (200, json!(3), false));
    assert_eq!(send(&store, unchanged()).await, (200, json!(3), true));
}

#[tokio::test]
async fn the_key_of_another_product_is_another_key() {
    let store = InMemoryEventStore::default();
    assert_eq!(send(&store, price("admin-a", "1", 100)).await.0, 201);
    let mut other = price("admin-a", "1", 100);
    other.payload.path_parameters.insert("id".to_owned(), "beans".to_owned());
    other.payload.request_context.http.path = Some("/commands/products/beans".to_owned());
    assert_eq!(send(&store, other).await, (201, json!(1), false));
}
