//! Tests the handler with API Gateway payloads: the contract of every command, and the data of the event.

use std::num::NonZeroU16;

use commands::confirm_order::handle;
use es_core::{EventReader, StreamVersion};
use serde_json::json;
use testing::InMemoryEventStore;
use testing::gateway::{sample, signed_in};

use crate::{CommandContract, FULFILMENT, Shop, request};

const CONFIRM_ORDER: CommandContract<Shop> =
    CommandContract { name: "confirm-order", sample: "confirm", answer: (200, 2, "confirmed"), ..FULFILMENT };

testing::command_contract!(CONFIRM_ORDER);

#[tokio::test]
async fn the_event_names_the_caller_who_confirmed_the_order() {
    let store = InMemoryEventStore::default();
    CONFIRM_ORDER.prepare(&store).await;
    let by_clerk = request(signed_in(sample("confirm-order", "confirm"), "clerk-7", "orders:fulfil"));
    handle(&store, &by_clerk).await;
    let order = "order-88ff29da-5d15-5579-bbe9-31669f7d4774".parse().unwrap();
    let commits = store.commits_after(&order, StreamVersion::new(1), NonZeroU16::MIN).await.unwrap();
    assert_eq!(commits[0].events[0].data, json!({"confirmed_by": "clerk-7"}));
}
