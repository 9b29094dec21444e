//! Tests the reaction that requests a notification after each `OrderConfirmed`.

use std::time::Duration;

use es_core::{EventAppender, EventReader, Timestamp};
use event_store::DynamoEventStore;
use reaction::{Reacted, Reaction, handle};
use reactions::NotifyCustomer;
use serde_json::{Value, json};
use testing::dynamodb::LocalDynamoDb;
use testing::kinesis::samples;
use testing::reaction::contract;
use testing::{InMemoryEventStore, StoppedClock};
use tokio::time::Instant;

/// Handles `payload` at the given second since the Unix epoch.
async fn react(store: &(impl EventReader + EventAppender), payload: &Value, second: i64) -> Reacted {
    let clock = StoppedClock(Timestamp::from_micros(1_000_000 * second).unwrap());
    let end = Instant::now() + Duration::from_mins(1);
    handle::<NotifyCustomer, _>(store, payload.clone(), &clock, end).await.unwrap()
}

fn confirmed() -> Value {
    samples::<Value>(NotifyCustomer::NAME).into_iter().find(|(name, _)| name == "order-confirmed").unwrap().1
}

#[tokio::test]
async fn an_event_requests_a_notification_exactly_once() {
    contract::<NotifyCustomer>().await;
}

#[tokio::test]
async fn a_notification_names_its_order_and_takes_one_request() {
    let dynamodb = LocalDynamoDb::start().await;
    let table = dynamodb.event_table().await;
    let store = DynamoEventStore::new(dynamodb.client(), table);
    dynamodb.recorder().clear();
    assert_eq!(react(&store, &confirmed(), 1).await, Reacted::Executed);
    assert_eq!(react(&store, &confirmed(), 2).await, Reacted::Replayed);
    assert_eq!(dynamodb.recorder().requests(), ["PutItem", "PutItem"]);
}

#[tokio::test]
async fn other_events_of_an_order_are_ignored() {
    let store = InMemoryEventStore::default();
    for (event_type, data) in
        [("OrderDelivered", json!({})), ("OrderCancelled", json!({"reason": "too late"}))]
    {
        let mut event = confirmed();
        (event["detail"]["type"], event["detail"]["data"]) = (json!(event_type), data);
        assert_eq!(react(&store, &event, 1).await, Reacted::Ignored, "{event_type}");
    }
}
