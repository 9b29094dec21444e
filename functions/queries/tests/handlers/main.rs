//! The handlers on API Gateway's payloads.

mod get_analytics;
mod get_order;
mod get_order_history;
mod get_product;
mod list_orders;
mod list_products;
mod search_orders;

use std::sync::Arc;

use http_api::{GatewayEvent, Request};
use lambda::SystemClock;

/// The request that the function gets for `event`.
fn request(event: GatewayEvent) -> Request {
    queries::api(Arc::new(SystemClock)).request(event)
}
