//! The handler on API Gateway's payloads: what every command on an order passes, and the rules that callers meet.

use commands::create_order::PriceSource;
use commands::deliver_order::handle;
use es_core::{EventAppender, EventReader};
use http_api::{GatewayEvent, GatewayResponse};
use serde_json::json;
use testing::InMemoryEventStore;
use testing::command::CommandFunction;
use testing::gateway::{Answered, sample, samples};

struct DeliverOrder;

impl CommandFunction for DeliverOrder {
    const NAME: &'static str = "deliver-order";
    const SAMPLE: &'static str = "deliver";
    const VERSION: u64 = 4;
    const STATUS: &'static str = "delivered";

    async fn prepare<S: EventReader + EventAppender>(store: &S) {
        for (_, event) in samples("create-order") {
            commands::create_order::handle(store, PriceSource::Command, event).await;
        }
        for (_, event) in samples("confirm-order") {
            commands::confirm_order::handle(store, event).await;
        }
        for (_, event) in samples("ship-order") {
            commands::ship_order::handle(store, event).await;
        }
    }

    async fn handle<S: EventReader + EventAppender>(store: &S, event: GatewayEvent) -> GatewayResponse {
        handle(store, event).await
    }
}

testing::command_contract!(DeliverOrder);

#[tokio::test]
async fn only_a_shipped_order_is_delivered_and_only_once() {
    let store = InMemoryEventStore::default();
    for (_, event) in samples("create-order") {
        commands::create_order::handle(&store, PriceSource::Command, event).await;
    }
    let early = Answered::from(handle(&store, sample("deliver-order", "deliver")).await);
    let code = "urn:cqrs-ecommerce:problem:order-not-shipped";
    assert_eq!((early.status, &early.body["type"]), (409, &json!(code)));

    DeliverOrder::prepare(&store).await;
    let mut again = sample("deliver-order", "deliver");
    handle(&store, again.clone()).await;
    again.payload.headers.remove("idempotency-key");
    let again = Answered::from(handle(&store, again).await);
    let code = "urn:cqrs-ecommerce:problem:order-already-delivered";
    assert_eq!((again.status, &again.body["type"]), (409, &json!(code)));
}
