//! Tests the products that an instance of `create-order` remembers: what they save, and how old they can be.

use std::sync::Arc;
use std::time::Duration;

use commands::create_order::{MAX_REMEMBERED, PriceSource, handle};
use domain::order::OrderId;
use es_core::{EventAppender, EventReader, StreamVersion, Timestamp};
use event_store::DynamoEventStore;
use http_api::GatewayEvent;
use serde_json::{Value, json};
use std::num::NonZeroU16;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample, samples};
use testing::{InMemoryEventStore, StoppedClock};
use tokio::time::advance;

use crate::create_order_catalog::{offer, order_of};
use crate::request;

const MAX_AGE: Duration = Duration::from_secs(30);
const SHORTLY_BEFORE: Duration = Duration::from_millis(29_999);
const REMAINING: Duration = Duration::from_millis(1);

fn instance() -> PriceSource {
    PriceSource::new("catalog", MAX_AGE).unwrap()
}

/// A clock that shows the time `after` the start of the test.
fn clock(after: Duration) -> Arc<StoppedClock> {
    let micros = 1_798_761_600_000_000 + i64::try_from(after.as_micros()).unwrap();
    Arc::new(StoppedClock(Timestamp::from_micros(micros).unwrap()))
}

/// Creates an order for one piece of `product` under a new key, at the time `after` the start of the test.
async fn order(
    store: &(impl EventReader + EventAppender),
    prices: &PriceSource,
    product: &str,
    claimed: Option<i64>,
    after: Duration,
) -> Answered {
    let mut item = json!({"product_id": product, "quantity": 1});
    if let Some(price) = claimed {
        item["unit_price_cents"] = price.into();
    }
    let event = under_new_key(order_of(&json!([item])));
    Answered::from(handle(store, prices, &commands::api(clock(after)).request(event)).await)
}

fn under_new_key(mut event: GatewayEvent) -> GatewayEvent {
    event.payload.headers.remove("idempotency-key");
    event
}

/// The total of the order that `answered` has created.
async fn total(store: &impl EventReader, answered: &Answered) -> i64 {
    let order: OrderId =
        answered.body["order_id"].as_str().unwrap_or_else(|| panic!("{}", answered.body)).parse().unwrap();
    let commits = store.commits_after(&order.stream(), StreamVersion::NONE, NonZeroU16::MIN).await.unwrap();
    commits[0].events[0].data["total_amount_cents"].as_i64().unwrap()
}

async fn discontinue(store: &(impl EventReader + EventAppender), product: &str) {
    let mut end = sample("discontinue-product", "discontinue");
    end.payload.path_parameters.insert("id".to_owned(), product.to_owned());
    let ended = Answered::from(commands::discontinue_product::handle(store, &request(end)).await);
    assert_eq!(ended.status, 200, "{}", ended.body);
}

fn code(answered: &Answered) -> (i64, &Value) {
    (answered.status, &answered.body["errors"][0]["code"])
}

#[tokio::test]
async fn an_order_of_remembered_products_costs_one_write_and_no_read() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    for (_, event) in samples("register-product") {
        commands::register_product::handle(&store, &request(event)).await;
    }
    let prices = instance();
    for requests in [&["Query", "Query", "Query", "PutItem"][..], &["PutItem"]] {
        dynamodb.recorder().clear();
        let event = under_new_key(sample("create-order", "three-items"));
        let answered = Answered::from(handle(&store, &prices, &request(event)).await);
        assert_eq!(answered.status, 201, "{}", answered.body);
        assert_eq!(dynamodb.recorder().requests(), requests);
    }
    assert!(dynamodb.recorder().read_units() <= 0.0, "{}", dynamodb.recorder().read_units());
    assert!(dynamodb.recorder().write_units() <= 1.0, "{}", dynamodb.recorder().write_units());
}

/// The age is measured on two clocks. `asleep` is a time for which the monotonic clock stands still, as in a sandbox that
/// is frozen; `awake` is a time on both clocks.
#[tokio::test(start_paused = true)]
async fn a_price_is_at_most_as_old_as_the_maximum_age() {
    for (awake, asleep) in [(SHORTLY_BEFORE, Duration::ZERO), (Duration::ZERO, SHORTLY_BEFORE)] {
        let (store, prices) = (InMemoryEventStore::default(), instance());
        offer(&store, "jug", 100).await;
        let first = order(&store, &prices, "jug", None, Duration::ZERO).await;
        assert_eq!(total(&store, &first).await, 100);
        offer(&store, "jug", 120).await;
        advance(awake).await;
        let young = order(&store, &prices, "jug", None, awake + asleep).await;
        assert_eq!(total(&store, &young).await, 100);
        if awake > Duration::ZERO {
            advance(REMAINING).await;
        }
        let old = order(&store, &prices, "jug", None, awake + asleep + REMAINING).await;
        assert_eq!(total(&store, &old).await, 120);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_is_set_back_makes_no_price_younger() {
    let (store, prices) = (InMemoryEventStore::default(), instance());
    offer(&store, "jug", 100).await;
    order(&store, &prices, "jug", None, MAX_AGE).await;
    offer(&store, "jug", 120).await;
    advance(MAX_AGE).await;
    let late = order(&store, &prices, "jug", None, Duration::ZERO).await;
    assert_eq!(total(&store, &late).await, 120);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_not_refused_because_of_a_remembered_price() {
    let (store, prices) = (InMemoryEventStore::default(), instance());
    for (product, price) in [("jug", 100), ("cup", 10)] {
        offer(&store, product, price).await;
        order(&store, &prices, product, None, Duration::ZERO).await;
    }
    offer(&store, "jug", 120).await;
    let loads = store.loads();
    let claimed = order(&store, &prices, "jug", Some(120), Duration::ZERO).await;
    assert_eq!(total(&store, &claimed).await, 120);
    assert_eq!(store.loads(), loads + 1);
    let outdated = order(&store, &prices, "jug", Some(100), Duration::ZERO).await;
    assert_eq!(code(&outdated), (422, &json!("price-mismatch")));
    // The refused order has loaded the products again, and its own stream for an earlier answer.
    assert_eq!(store.loads(), loads + 3);
}

#[tokio::test(start_paused = true)]
async fn a_discontinued_product_is_refused_after_the_maximum_age_at_the_latest() {
    let (store, prices) = (InMemoryEventStore::default(), instance());
    offer(&store, "jug", 100).await;
    order(&store, &prices, "jug", None, Duration::ZERO).await;
    discontinue(&store, "jug").await;
    assert_eq!(order(&store, &prices, "jug", None, SHORTLY_BEFORE).await.status, 201);
    let discontinued = json!("product-discontinued");
    assert_eq!(code(&order(&store, &prices, "jug", None, MAX_AGE).await), (422, &discontinued));
    // From then on the instance knows it, whatever the time is.
    assert_eq!(code(&order(&store, &prices, "jug", None, Duration::ZERO).await), (422, &discontinued));
}

#[tokio::test(start_paused = true)]
async fn a_new_product_can_be_ordered_at_once() {
    let (store, prices) = (InMemoryEventStore::default(), instance());
    let unknown = order(&store, &prices, "jug", None, Duration::ZERO).await;
    assert_eq!(code(&unknown), (422, &json!("product-unknown")));
    offer(&store, "jug", 100).await;
    assert_eq!(order(&store, &prices, "jug", None, Duration::ZERO).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn an_instance_forgets_the_product_that_it_has_loaded_first() {
    let (store, prices) = (InMemoryEventStore::default(), instance());
    let product = |number: usize| format!("product {number}");
    for number in 0..=MAX_REMEMBERED {
        offer(&store, &product(number), 100).await;
        advance(Duration::from_millis(1)).await;
        order(&store, &prices, &product(number), None, Duration::ZERO).await;
    }
    let loads = store.loads();
    order(&store, &prices, &product(1), None, Duration::ZERO).await;
    assert_eq!(store.loads(), loads);
    order(&store, &prices, &product(0), None, Duration::ZERO).await;
    assert_eq!(store.loads(), loads + 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_maximum_age_every_order_loads_its_products() {
    let (store, prices) =
        (InMemoryEventStore::default(), PriceSource::new("catalog", Duration::ZERO).unwrap());
    offer(&store, "jug", 100).await;
    for _ in 0..2 {
        let loads = store.loads();
        assert_eq!(order(&store, &prices, "jug", None, Duration::ZERO).await.status, 201);
        assert_eq!(store.loads(), loads + 1);
    }
}
