//! Tests the preconditions of RFC 9110, section 13, on commands.

use commands::create_order::PriceSource;
use commands::dispatch;
use http_api::GatewayEvent;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample};

use crate::request;

async fn send(store: &InMemoryEventStore, function: &str, event: GatewayEvent) -> Answered {
    dispatch(function, store, &PriceSource::Command, &request(event)).await.unwrap().into()
}

/// `event` with another header and without an idempotency key.
fn with(mut event: GatewayEvent, name: &'static str, value: &str) -> GatewayEvent {
    event.payload.headers.remove("idempotency-key");
    event.payload.headers.insert(name, value.parse().unwrap());
    event
}

fn kettle(name: &'static str, value: &str, price: u32) -> GatewayEvent {
    let mut event = with(sample("register-product", "pour-over-kettle"), name, value);
    event.payload.body = Some(json!({"name": "Kettle", "unit_price_cents": price}).to_string());
    event
}

/// A store with a product at version 2.
async fn shop() -> InMemoryEventStore {
    let store = InMemoryEventStore::default();
    for price in [1, 2] {
        send(&store, "register-product", kettle("x-test", "no precondition", price)).await;
    }
    assert_eq!(store.appends(), 2);
    store
}

#[tokio::test]
async fn an_existing_product_changes_only_if_its_version_meets_the_preconditions() {
    for (name, tags, status) in [
        ("if-match", "\"1\", \"2\"", 200),
        ("if-match", "\"2\"", 200),
        ("if-match", "*", 200),
        ("if-match", "\"1\"", 412),
        ("if-match", "W/\"2\"", 412),
        ("if-match", "\"02\"", 412),
        ("if-none-match", "\"1\"", 200),
        ("if-none-match", "\"2\"", 412),
        ("if-none-match", "W/\"2\"", 412),
        ("if-none-match", "*", 412),
        ("if-match", "\"1\" \"2\"", 400),
        ("if-none-match", "2", 400),
    ] {
        let store = shop().await;
        let answered = send(&store, "register-product", kettle(name, tags, 3)).await;
        assert_eq!(answered.status, status, "{name}: {tags}: {}", answered.body);
        assert_eq!(store.appends(), if status == 200 { 3 } else { 2 }, "{name}: {tags}");
    }
}

#[tokio::test]
async fn both_preconditions_must_be_met() {
    let store = shop().await;
    let both = |none: &str| with(kettle("if-match", "\"2\"", 3), "if-none-match", none);
    assert_eq!(send(&store, "register-product", both("\"2\"")).await.status, 412);
    assert_eq!(send(&store, "register-product", both("\"1\"")).await.status, 200);
}

#[tokio::test]
async fn a_new_product_meets_if_none_match_and_never_if_match() {
    for (name, tags, status) in [
        ("if-none-match", "*", 201),
        ("if-none-match", "\"1\"", 201),
        ("if-match", "*", 412),
        ("if-match", "\"0\"", 412),
        ("if-match", "\"1\"", 412),
    ] {
        let store = InMemoryEventStore::default();
        let answered = send(&store, "register-product", kettle(name, tags, 3)).await;
        assert_eq!(answered.status, status, "{name}: {tags}: {}", answered.body);
        assert_eq!(store.appends(), usize::from(status == 201), "{name}: {tags}");
    }
    let store = InMemoryEventStore::default();
    let refused = send(&store, "register-product", kettle("if-match", "*", 3)).await;
    let detail = "If-Match: the resource does not exist; remove the header, or check the id";
    assert_eq!(refused.body["detail"], detail);
}

#[tokio::test]
async fn a_command_on_a_missing_order_is_not_found_unless_if_match_expects_the_order() {
    let store = InMemoryEventStore::default();
    for (function, name) in
        [("confirm-order", "confirm"), ("ship-order", "ship"), ("cancel-order", "with-reason")]
    {
        let send =
            async |header, value| send(&store, function, with(sample(function, name), header, value)).await;
        assert_eq!(send("if-match", "*").await.status, 412, "{function}");
        assert_eq!(send("if-none-match", "*").await.status, 404, "{function}");
    }
    let without = sample("confirm-order", "confirm");
    assert_eq!(send(&store, "confirm-order", without).await.status, 404);
}

#[tokio::test]
async fn a_creation_refuses_if_match_and_answers_a_repeat_before_it_compares() {
    let store = InMemoryEventStore::default();
    let order = || sample("create-order", "one-item");
    for tags in ["*", "\"1\""] {
        let refused = send(&store, "create-order", with(order(), "if-match", tags)).await;
        assert_eq!((refused.status, store.appends()), (412, 0), "{tags}: {}", refused.body);
    }
    let first = send(&store, "create-order", order()).await;
    assert_eq!((first.status, store.loads()), (201, 2), "a creation without preconditions reads nothing");
    for name in ["if-match", "if-none-match"] {
        let mut again = order();
        again.payload.headers.insert(name, "*".parse().unwrap());
        let again = send(&store, "create-order", again).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"), "{name}");
        assert_eq!(again.body, first.body);
    }
    let new = send(&store, "create-order", with(order(), "if-none-match", "*")).await;
    assert_eq!((new.status, store.appends()), (201, 2));
}

#[tokio::test]
async fn a_repeat_with_the_version_after_the_first_request_gets_the_first_answer() {
    let store = shop().await;
    let change = |version| {
        let mut change = kettle("if-match", version, 3);
        change.payload.headers.insert("idempotency-key", "key-3".parse().unwrap());
        change
    };
    let first = send(&store, "register-product", change("\"2\"")).await;
    let again = send(&store, "register-product", change("\"3\"")).await;
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!((again.status, again.body), (200, first.body));
    assert_eq!(store.appends(), 3);
}

#[tokio::test]
async fn a_batch_refuses_preconditions() {
    let store = InMemoryEventStore::default();
    for (name, field) in [("if-match", "If-Match"), ("if-none-match", "If-None-Match")] {
        let refused = send(&store, "submit-batch", with(sample("submit-batch", "mixed"), name, "*")).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (400, &json!(field)));
    }
    assert_eq!((store.loads(), store.appends()), (0, 0));
}
