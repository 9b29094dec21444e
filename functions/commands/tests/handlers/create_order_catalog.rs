//! Tests the creation of orders with prices from the catalog. The products' streams decide the price of an order.

use std::time::Duration;

use commands::create_order::{PriceSource, handle};
use es_core::{EventAppender, EventReader};
use event_store::DynamoEventStore;
use http_api::GatewayEvent;
use serde_json::{Value, json};
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample, samples};
use testing::{GaugedEventStore, InMemoryEventStore};

use crate::request;

async fn register_samples<S: EventReader + EventAppender>(store: &S) {
    for (_, event) in samples("register-product") {
        commands::register_product::handle(store, &request(event)).await;
    }
}

/// Creates an order on an instance that remembers no product.
async fn create<S: EventReader + EventAppender>(store: &S, event: GatewayEvent) -> Answered {
    let prices = PriceSource::new("catalog", Duration::from_secs(30)).unwrap();
    Answered::from(handle(store, &prices, &request(event)).await)
}

/// Registers `product` at `price` euro cents, or changes its price.
pub(crate) async fn offer<S: EventReader + EventAppender>(store: &S, product: &str, price: i64) -> Answered {
    let mut event = sample("register-product", "pour-over-kettle");
    event.payload.headers.remove("idempotency-key");
    event.payload.path_parameters.insert("id".to_owned(), product.to_owned());
    let body = json!({"name": format!("The {product}"), "unit_price_cents": price, "currency": "EUR"});
    event.payload.body = Some(body.to_string());
    Answered::from(commands::register_product::handle(store, &request(event)).await)
}

pub(crate) fn order_of(items: &Value) -> GatewayEvent {
    let mut event = sample("create-order", "three-items");
    event.payload.body = Some(json!({"user_id": "user-0042", "items": items}).to_string());
    event
}

fn assert_field(answered: &Answered, field: &str, code: &str) {
    let error = &answered.body["errors"][0];
    assert_eq!((answered.status, &error["field"], &error["code"]), (422, &json!(field), &json!(code)));
}

#[tokio::test]
async fn every_sample_creates_an_order_of_registered_products() {
    let store = InMemoryEventStore::default();
    register_samples(&store).await;
    for (name, event) in samples("create-order") {
        let answered = create(&store, event).await;
        assert_eq!(answered.status, 201, "{name}: {}", answered.body);
    }
}

#[tokio::test]
async fn a_refusal_names_the_item_that_cannot_be_sold() {
    let store = InMemoryEventStore::default();
    let items = json!([{"product_id": "jug", "quantity": 1}]);
    assert_field(&create(&store, order_of(&items)).await, "items[0].product_id", "product-unknown");
    offer(&store, "jug", 100).await;
    let dear = json!([{"product_id": "jug", "quantity": 1, "unit_price_cents": 99}]);
    assert_field(&create(&store, order_of(&dear)).await, "items[0].unit_price_cents", "price-mismatch");
    let mut end = sample("discontinue-product", "discontinue");
    end.payload.path_parameters.insert("id".to_owned(), "jug".to_owned());
    commands::discontinue_product::handle(&store, &request(end)).await;
    assert_field(&create(&store, order_of(&items)).await, "items[0].product_id", "product-discontinued");
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_after_the_prices_changed() {
    let store = InMemoryEventStore::default();
    offer(&store, "jug", 100).await;
    let claimed = json!([{"product_id": "jug", "quantity": 1, "unit_price_cents": 100}]);
    let unclaimed = json!([{"product_id": "jug", "quantity": 1}]);
    for (key, items) in [("claimed", claimed), ("unclaimed", unclaimed)] {
        let request = || {
            let mut event = order_of(&items);
            event.payload.headers.insert("idempotency-key", key.parse().unwrap());
            event
        };
        let price = offer(&store, "jug", 100).await;
        assert_eq!(price.status, 200, "{}", price.body);
        let first = create(&store, request()).await;
        assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));
        offer(&store, "jug", 120).await;
        let again = create(&store, request()).await;
        assert_eq!(
            (again.status, &again.body, again.header("idempotent-replayed")),
            (201, &first.body, "true")
        );
    }
    let mut reused = order_of(&json!([{"product_id": "something-else", "quantity": 1}]));
    reused.payload.headers.insert("idempotency-key", "claimed".parse().unwrap());
    let reused = create(&store, reused).await;
    let code = "urn:cqrs-ecommerce:problem:idempotency-key-reused";
    assert_eq!((reused.status, &reused.body["type"]), (422, &json!(code)));
}

#[tokio::test]
async fn the_products_of_a_large_order_are_loaded_ten_at_a_time() {
    let store = GaugedEventStore::<InMemoryEventStore>::default();
    let items: Vec<_> =
        (0..50).map(|n| json!({"product_id": format!("product {n}"), "quantity": 1})).collect();
    for item in &items {
        offer(&store, item["product_id"].as_str().unwrap(), 100).await;
    }
    assert_eq!(store.most_at_once(), 1);
    assert_eq!(create(&store, order_of(&json!(items))).await.status, 201);
    assert_eq!(store.most_at_once(), 10);
}

#[tokio::test]
async fn an_order_costs_one_query_per_product_and_one_write() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    register_samples(&store).await;
    dynamodb.recorder().clear();
    assert_eq!(create(&store, sample("create-order", "three-items")).await.status, 201);
    assert_eq!(dynamodb.recorder().requests(), ["Query", "Query", "Query", "PutItem"]);
    assert!(dynamodb.recorder().read_units() <= 3.0, "{}", dynamodb.recorder().read_units());
    assert!(dynamodb.recorder().write_units() <= 1.0);

    dynamodb.recorder().clear();
    let kettle = json!({"product_id": "pour-over-kettle", "quantity": 1});
    let mut twice = order_of(&json!([kettle, kettle]));
    twice.payload.headers.remove("idempotency-key");
    assert_field(&create(&store, twice).await, "items[1].product_id", "product-repeated");
    assert_eq!(dynamodb.recorder().requests(), [""; 0]);
}

/// The query also reads a snapshot, which contains the idempotency keys of the last 25 hours.
#[tokio::test]
async fn a_product_that_changed_a_hundred_times_is_still_one_query_of_one_unit() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    for change in 1..=100_i64 {
        offer(&store, "jug", change).await;
        dynamodb.recorder().clear();
        let mut order = order_of(&json!([{"product_id": "jug", "quantity": 1}]));
        order.payload.headers.remove("idempotency-key");
        assert_eq!(create(&store, order).await.status, 201);
        assert_eq!(dynamodb.recorder().requests(), ["Query", "PutItem"]);
        let read = dynamodb.recorder().read_units();
        assert!(read <= 1.0, "{read} units after {change} changes");
    }
}

#[tokio::test]
async fn a_refusal_costs_one_more_query_and_no_write() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    let refused = create(&store, order_of(&json!([{"product_id": "jug", "quantity": 1}]))).await;
    assert_eq!(refused.status, 422);
    assert_eq!(dynamodb.recorder().requests(), ["Query", "Query"]);
}
