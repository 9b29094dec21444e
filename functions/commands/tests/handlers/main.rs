//! Tests the command handlers with API Gateway payloads.
#![cfg(test)]

mod batch_deadline;
mod batch_time;
mod cancel_order;
mod confirm_order;
mod contended;
mod create_order;
mod create_order_catalog;
mod deliver_order;
mod discontinue_product;
mod environment;
mod json_bodies;
mod keys;
mod large_batch;
mod preconditions;
mod register_product;
mod remembered_products;
mod scopes;
mod ship_order;
mod submit_batch;

use std::sync::Arc;

use commands::create_order::PriceSource;
use commands::dispatch;
use es_core::{EventAppender, EventReader};
use http_api::{Api, GatewayEvent, GatewayResponse, Request};
use lambda::SystemClock;
use testing::command::{CommandContract, CommandFunctions};

/// Converts `event` into the request that the handler gets.
fn request(event: GatewayEvent) -> Request {
    Shop.api().request(event)
}

/// The shop's command functions. The prices come with the command.
struct Shop;

impl CommandFunctions for Shop {
    const CUSTOMER_SCOPES: &'static str = "orders:read orders:write";

    fn api(&self) -> Api {
        commands::api(Arc::new(SystemClock))
    }

    async fn answer<S: EventReader + EventAppender>(
        &self,
        name: &str,
        store: &S,
        request: &Request,
    ) -> GatewayResponse {
        dispatch(name, store, &PriceSource::Command, request).await.unwrap()
    }
}

/// The common properties of a command on an existing order.
const ORDER_COMMAND: CommandContract<Shop> = CommandContract {
    functions: Shop,
    name: "",
    after: &["create-order"],
    sample: "",
    id: "order_id",
    answer: (200, 0, ""),
    costs: &["Query", "PutItem"],
    refusal: "not-yours",
};

/// The common properties of a command of the staff that fulfils orders.
const FULFILMENT: CommandContract<Shop> = CommandContract { refusal: "forbidden", ..ORDER_COMMAND };
