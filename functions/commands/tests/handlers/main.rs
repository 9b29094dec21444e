//! The handlers on API Gateway's payloads.
#![cfg(test)]

mod cancel_order;
mod confirm_order;
mod create_order;
mod create_order_catalog;
mod deliver_order;
mod discontinue_product;
mod order_command;
mod register_product;
mod ship_order;
mod submit_batch;

use std::sync::Arc;

use http_api::{GatewayEvent, Request};
use lambda::SystemClock;

/// The request that the function gets for `event`.
fn request(event: GatewayEvent) -> Request {
    commands::api(Arc::new(SystemClock)).request(event)
}
