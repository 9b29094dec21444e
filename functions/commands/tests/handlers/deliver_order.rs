//! Tests the handler with API Gateway payloads: the contract of every command, and the rules of the domain.

use commands::create_order::PriceSource;
use commands::deliver_order::handle;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample, samples};

use crate::{CommandContract, FULFILMENT, Shop, request};

const DELIVER_ORDER: CommandContract<Shop> = CommandContract {
    name: "deliver-order",
    after: &["create-order", "confirm-order", "ship-order"],
    sample: "deliver",
    answer: (200, 4, "delivered"),
    ..FULFILMENT
};

testing::command_contract!(DELIVER_ORDER);

#[tokio::test]
async fn only_a_shipped_order_is_delivered_and_only_once() {
    let store = InMemoryEventStore::default();
    for (_, event) in samples("create-order") {
        commands::create_order::handle(&store, &PriceSource::Command, &request(event)).await;
    }
    let early = Answered::from(handle(&store, &request(sample("deliver-order", "deliver"))).await);
    let code = "urn:cqrs-ecommerce:problem:order-not-shipped";
    assert_eq!((early.status, &early.body["type"]), (409, &json!(code)));

    DELIVER_ORDER.prepare(&store).await;
    let mut again = sample("deliver-order", "deliver");
    handle(&store, &request(again.clone())).await;
    again.payload.headers.remove("idempotency-key");
    let again = Answered::from(handle(&store, &request(again)).await);
    let code = "urn:cqrs-ecommerce:problem:order-already-delivered";
    assert_eq!((again.status, &again.body["type"]), (409, &json!(code)));
}
