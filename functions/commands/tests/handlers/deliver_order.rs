//! The handler on API Gateway's payloads: what every command on an order passes, and the rules that callers meet.

use testing::InMemoryEventStore;
use testing::gateway::sample;

use crate::order_command::OrderCommand;
use crate::{answered, problem, run_samples, without_key};

const DELIVER_ORDER: OrderCommand = OrderCommand {
    name: "deliver-order",
    after: &["create-order", "confirm-order", "ship-order"],
    sample: "deliver",
    reaches: (4, "delivered"),
};

crate::order_command!(DELIVER_ORDER);

#[tokio::test]
async fn only_a_shipped_order_is_delivered_and_only_once() {
    let store = InMemoryEventStore::default();
    let event = || sample("deliver-order", "deliver");
    run_samples("create-order", &store).await;
    let early = answered("deliver-order", &store, event()).await;
    assert_eq!(problem(&early), (409, "order-not-shipped"));

    DELIVER_ORDER.prepare(&store).await;
    answered("deliver-order", &store, event()).await;
    let again = answered("deliver-order", &store, without_key(event())).await;
    assert_eq!(problem(&again), (409, "order-already-delivered"));
}
