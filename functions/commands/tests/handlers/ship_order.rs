//! The handler on API Gateway's payloads: what every command on an order passes.

use commands::create_order::PriceSource;
use es_core::{EventAppender, EventReader};
use http_api::{GatewayEvent, GatewayResponse};
use testing::command::CommandFunction;
use testing::gateway::samples;

struct ShipOrder;

impl CommandFunction for ShipOrder {
    const NAME: &'static str = "ship-order";
    const SAMPLE: &'static str = "ship";
    const VERSION: u64 = 3;
    const STATUS: &'static str = "shipped";

    async fn prepare<S: EventReader + EventAppender>(store: &S) {
        for (_, event) in samples("create-order") {
            commands::create_order::handle(store, PriceSource::Command, event).await;
        }
        for (_, event) in samples("confirm-order") {
            commands::confirm_order::handle(store, event).await;
        }
    }

    async fn handle<S: EventReader + EventAppender>(store: &S, event: GatewayEvent) -> GatewayResponse {
        commands::ship_order::handle(store, event).await
    }
}

testing::command_contract!(ShipOrder);
