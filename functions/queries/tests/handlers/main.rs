//! The handlers on API Gateway's payloads.
#![cfg(test)]

mod get_analytics;
mod get_order;
mod get_order_history;
mod get_product;
mod list_orders;
mod list_products;
mod search_orders;

use std::sync::Arc;

use domain::product::ProductId;
use es_core::{Applied, StreamVersion, Timestamp, ViewWriter};
use http_api::{GatewayEvent, Request};
use lambda::SystemClock;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::Answered;
use uuid::Uuid;
use view_store::Change;
use views::{DynamoProductViews, OrderLine, OrderView, ProductView};

/// The request that the function gets for `event`.
fn request(event: GatewayEvent) -> Request {
    queries::api(Arc::new(SystemClock)).request(event)
}

/// What opens `order` in `status`.
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
        .set(OrderView::UPDATED_AT, &at)
}

/// A table with products at `version`, each with its id, name, price in cents and status.
async fn products(
    dynamodb: &LocalDynamoDb,
    version: u64,
    products: &[(&str, &str, i64, &str)],
) -> DynamoProductViews {
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
    views
}

/// The member `id` of each item on a page.
fn ids<'a>(answered: &'a Answered, id: &str) -> Vec<&'a str> {
    let items = answered.body["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item[id].as_str()).collect()
}
