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
use views::{DynamoProductViews, OrderChange, OrderLine, ProductChange};

/// The request that the function gets for `event`.
fn request(event: GatewayEvent) -> Request {
    queries::api(Arc::new(SystemClock)).request(event)
}

/// What opens an order in `status`.
fn opened(user: &str, status: &str, items: Vec<OrderLine>, total: i64, at: Timestamp) -> OrderChange {
    let text = |text: &str| Some(text.to_owned());
    OrderChange {
        user_id: text(user),
        status: text(status),
        items: Some(items),
        total_amount_cents: Some(total),
        currency: text("EUR"),
        created_at: Some(at),
        updated_at: Some(at),
        ..OrderChange::default()
    }
}

/// A table with products at `version`, each with its id, name, price in cents and status.
async fn products(
    dynamodb: &LocalDynamoDb,
    version: u64,
    products: &[(&str, &str, i64, &str)],
) -> DynamoProductViews {
    let views = DynamoProductViews::new(dynamodb.client(), dynamodb.query_table().await);
    for (id, name, price, status) in products {
        let text = |text: &str| Some(text.to_owned());
        let change = ProductChange {
            product_id: text(id),
            name: text(name),
            unit_price_cents: Some(*price),
            currency: text("EUR"),
            status: text(status),
            created_at: Some(Timestamp::MIN),
            updated_at: Some(Timestamp::MIN),
        };
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
