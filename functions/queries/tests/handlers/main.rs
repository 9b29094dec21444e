//! Tests the query handlers with API Gateway payloads.
#![cfg(test)]

mod environment;
mod get_analytics;
mod get_order;
mod get_order_history;
mod get_product;
mod health;
mod large_pages;
mod list_orders;
mod list_products;
mod live;
mod search_orders;

use std::sync::Arc;

use domain::product::ProductId;
use es_core::{Applied, StreamVersion, Timestamp, ViewWriter};
use http_api::{GatewayEvent, Request};
use lambda::SystemClock;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample, samples};
use uuid::Uuid;
use view_store::Change;
use views::{DynamoProductViews, OrderLine, OrderView, ProductView};

/// The id of the clerk who has confirmed the orders of [`opened`].
const CLERK: &str = "clerk-1";

/// Converts `event` into the request that the handler gets.
fn request(event: GatewayEvent) -> Request {
    queries::api(Arc::new(SystemClock)).request(event)
}

/// The sample request `name` of `function` with another query string.
fn querying(function: &str, name: &str, query: impl Into<String>) -> GatewayEvent {
    let mut event = sample(function, name);
    event.payload.raw_query_string = Some(query.into());
    event
}

/// The status of a refusal and the field that the problem names.
fn blamed(refused: &Answered) -> (i64, Option<&str>) {
    (refused.status, refused.body["errors"][0]["field"].as_str())
}

/// Checks that every sample of `function` finds its view at version 3 with one request of at most half a read unit.
async fn assert_found_with_one_request(
    function: &str,
    dynamodb: &LocalDynamoDb,
    get: impl AsyncFn(GatewayEvent) -> Answered,
) {
    for (name, event) in samples(function) {
        dynamodb.recorder().clear();
        let answered = get(event).await;
        let expected = if name == "if-none-match" { 304 } else { 200 };
        assert_eq!(answered.status, expected, "{name}: {}", answered.body);
        assert!(answered.header("etag").starts_with("\"3."), "{}", answered.header("etag"));
        assert_eq!(dynamodb.recorder().requests(), ["GetItem"]);
        assert!(dynamodb.recorder().read_units() <= 0.5);
    }
}

/// The change that creates the view of `order` with the given status. A clerk has confirmed the order.
fn opened(
    order: Uuid,
    user: &str,
    status: &str,
    items: &Vec<OrderLine>,
    total: i64,
    at: Timestamp,
) -> Change<OrderView> {
    OrderView::moved(OrderView::opened(Change::default(), order, user, at), order, status)
        .set(OrderView::ITEMS, items)
        .set(OrderView::TOTAL_AMOUNT_CENTS, &total)
        .set(OrderView::CURRENCY, "EUR")
        .set(OrderView::CONFIRMED_BY, CLERK)
        .set(OrderView::UPDATED_AT, &at)
}

/// A table with the views of products at `version`. Each product has an id, a name, a price in cents and a status.
async fn products(version: u64, products: &[(&str, &str, i64, &str)]) -> (LocalDynamoDb, DynamoProductViews) {
    let dynamodb = LocalDynamoDb::start().await;
    let views = DynamoProductViews::new(dynamodb.client(), dynamodb.query_table().await);
    for (id, name, price, status) in products {
        let change = ProductView::registered(Change::default(), id, Timestamp::MIN)
            .set(ProductView::NAME, name)
            .set(ProductView::UNIT_PRICE_CENTS, price)
            .set(ProductView::CURRENCY, "EUR")
            .set(ProductView::STATUS, status)
            .set(ProductView::UPDATED_AT, &Timestamp::MIN);
        let stream = id.parse().ok().map(|id: ProductId| id.stream());
        let stream = stream.unwrap_or_else(|| unreachable!("{id} is a product's id"));
        let applied = views.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(version)).await;
        assert_eq!(applied.ok(), Some(Applied::Written));
    }
    dynamodb.recorder().clear();
    (dynamodb, views)
}

/// The member `id` of each item on a page.
fn ids<'a>(answered: &'a Answered, id: &str) -> Vec<&'a str> {
    let items = answered.body["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item[id].as_str()).collect()
}
