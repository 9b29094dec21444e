//! The handler on API Gateway's payloads: what every command on an order passes.

use commands::create_order::PriceSource;
use es_core::{EventAppender, EventReader};
use http_api::{GatewayEvent, GatewayResponse};
use testing::command::CommandFunction;
use testing::gateway::samples;

struct ConfirmOrder;

impl CommandFunction for ConfirmOrder {
    const NAME: &'static str = "confirm-order";
    const SAMPLE: &'static str = "confirm";
    const VERSION: u64 = 2;
    const STATUS: &'static str = "confirmed";

    async fn prepare<S: EventReader + EventAppender>(store: &S) {
        for (_, event) in samples("create-order") {
            commands::create_order::handle(store, PriceSource::Command, event).await;
        }
    }

    async fn handle<S: EventReader + EventAppender>(store: &S, event: GatewayEvent) -> GatewayResponse {
        commands::confirm_order::handle(store, event).await
    }
}

testing::command_contract!(ConfirmOrder);
