//! Tests that a command follows from an event on the bus, exactly once.

use std::time::Duration;

use e2e::{Aws, StoredCommit, notifications_about};
use es_core::{IdempotencyKey, Metadata, Recorded, RequestHash, StoredEvent, StreamVersion, Timestamp};
use event_bus::PublishedEvent;
use serde_json::{Value, json};

use crate::recovery::shop::{COMMAND_PRICES, Data, create_confirmed_order, customer, operator, stack};

/// The largest number of reads of the event table, and the pause between two reads.
const READS: u32 = 300;
const BETWEEN: Duration = Duration::from_millis(100);

/// The event of confirming `order`, as the bus delivers it to a function.
fn confirmed(order: &str) -> Value {
    let event = StoredEvent { event_type: "OrderConfirmed".to_owned(), schema: 1, data: json!({}) };
    let metadata = Metadata {
        occurred_at: Timestamp::MIN,
        actor: "clerk".to_owned(),
        key: IdempotencyKey::try_from("key".to_owned()).expect("a key"),
        request_hash: RequestHash::stored(String::new()),
        traceparent: None,
        correlation_id: "correlation".to_owned(),
        causation_id: "request".to_owned(),
    };
    let stream = format!("order-{order}").parse().expect("a stream");
    let recorded = Recorded { stream, version: StreamVersion::new(2), metadata, event };
    let event = PublishedEvent::from_recorded(&recorded, "cqrs-ecommerce", "urn:cqrs-ecommerce:event:");
    json!({"version": "0", "detail-type": "OrderConfirmed", "source": event.source, "detail": event})
}

/// Waits until there is a notification about `order`, and returns its only commit.
async fn until_notified(aws: &Aws, order: &str) -> StoredCommit {
    for _ in 0..READS {
        if let [commit] = &notifications_about(order, aws.streams().await.expect("streams"))[..] {
            return commit.clone();
        }
        tokio::time::sleep(BETWEEN).await;
    }
    panic!("{order} has no notification, or several commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_order_requests_one_notification_however_often_the_event_arrives() {
    let data = Data::new();
    let stack = stack(&data, &[COMMAND_PRICES, ("EventBusName", "default")], "").await;
    let (operator, order) = (operator(&stack), create_confirmed_order(&customer(&stack)).await);
    let deliver = async || operator.invoke("notify-customer", &confirmed(&order)).await.expect("an outcome");
    let (first, second, third) = tokio::join!(deliver(), deliver(), deliver());
    // The publisher may have delivered the event first.
    let executed = [first, second, third].into_iter().filter(|outcome| outcome == "executed").count();
    assert!(executed <= 1, "{executed} deliveries executed the command");
    assert_eq!(deliver().await, "replayed");

    let found = notifications_about(&order, operator.aws().streams().await.expect("streams"));
    let [commit] = found.as_slice() else { panic!("{found:?}") };
    let data = json!({"order_id": order, "about": "order-confirmed"});
    assert_eq!(commit.events, [json!({"type": "NotificationRequested", "data": data})]);
    let id = confirmed(&order)["detail"]["id"].clone();
    assert_eq!((id, commit.version), (json!(commit.key), 1), "the key is the event's id");

    // The events of another order come from the bus, and once more when an operator publishes them for the rule.
    let order = create_confirmed_order(&customer(&stack)).await;
    let first = until_notified(operator.aws(), &order).await;
    let rule = stack.template().event_rules.iter().find(|rule| rule.name.ends_with("notify-customer"));
    let rule = &rule.expect("the rule of the reaction").name;
    let task = json!({"task": "stream", "stream": format!("order-{order}"), "rule": rule});
    let report = operator.invoke("republish", &task).await.expect("a report");
    assert_eq!(report["published"], 2, "{report}");
    assert_eq!(operator.invoke("notify-customer", &confirmed(&order)).await.expect("an outcome"), "replayed");
    assert_eq!(until_notified(operator.aws(), &order).await, first);

    // An event of newer code waits for that code, in the queue of failures.
    let mut newer = confirmed(&order);
    newer["detail"]["dataschema"] = json!("urn:cqrs-ecommerce:event:OrderConfirmed:99");
    let error =
        operator.invoke("notify-customer", &newer).await.expect_err("a failed invocation").to_string();
    assert!(error.contains("deploy newer code"), "{error}");
    stack.shutdown().await;
}
