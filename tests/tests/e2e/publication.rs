//! Tests the publishing of events on an embedded stack whose bus has a rule with a queue, as another service would have
//! one: events arrive, an operator publishes them again for one rule, and what Lambda gave up is published.

use std::time::Duration;

use e2e::{ApiClient, ConsumerTemplate, Operator, RecordPosition, post};
use event_bus::PublishedEvent;
use localstack::{RunningStack, Stack, StackOptions};
use serde_json::{Value, json};

/// The consumer's rule gets the events that are published again for every rule, and those for itself.
const PATTERN: &str =
    ", detail-type: [OrderCreated, OrderConfirmed], detail: {replayto: [{exists: false}, mail]}";

/// How often a step is repeated until its messages are there.
const ATTEMPTS: usize = 300;

async fn start(template: &ConsumerTemplate) -> RunningStack {
    let given = [("EventBusName", "default"), ("PriceSource", "command")];
    let parameters = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let options =
        StackOptions { template: Some(template.path().to_owned()), parameters, ..StackOptions::default() };
    Stack::start(options).await.expect("a stack")
}

/// The events in the consumer's queue.
async fn received(operator: &Operator) -> Vec<PublishedEvent> {
    let messages = operator.peek("MailQueue").await.expect("messages");
    let event = |message: Value| {
        assert_eq!(
            (&message["source"], &message["detail-type"]),
            (&json!("cqrs-ecommerce"), &message["detail"]["type"])
        );
        serde_json::from_value(message["detail"].clone()).expect("an envelope")
    };
    messages.into_iter().map(event).collect()
}

/// Waits until `number` events are in the consumer's queue, and returns them sorted by version.
async fn wait_for(operator: &Operator, number: usize) -> Vec<PublishedEvent> {
    let mut events = Vec::new();
    for _ in 0..ATTEMPTS {
        events = received(operator).await;
        if events.len() >= number {
            events.sort_by_key(|event| (event.replayed, event.version));
            return events;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{number} events are expected: {events:?}");
}

/// Creates and confirms an order, and returns its stream.
async fn confirmed_order(stack: &RunningStack) -> String {
    let token = stack.token("customer", "orders:admin").expect("a token");
    let caller = ApiClient::new(stack.base_url()).expect("a client").with(token);
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let create = post("/commands/orders").json(&json!({"user_id": "ada", "items": items}));
    let created = caller.send(create).await.expect("an answer");
    assert_eq!(created.status, 201, "{}", created.body);
    let order = created.body["order_id"].as_str().expect("an id");
    let confirmed = caller.send(post(format!("/commands/orders/{order}/confirm"))).await.expect("an answer");
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    format!("order-{order}")
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_at_a_rule_and_are_published_again_for_it() {
    let project = StackOptions::default().project;
    let template = ConsumerTemplate::new(&project, "MailQueue", PATTERN).expect("a template");
    let stack = start(&template).await;
    let operator = Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator");
    let stream = confirmed_order(&stack).await;

    let events = wait_for(&operator, 2).await;
    let found: Vec<_> = events.iter().map(|event| (event.event_type.as_str(), event.version.get())).collect();
    assert_eq!(found, [("OrderCreated", 1), ("OrderConfirmed", 2)]);
    assert!(events.iter().all(|event| event.stream.to_string() == stream && !event.replayed));
    assert!(events.iter().all(|event| event.stored().is_ok()));

    // The events for another rule do not arrive. Those for this rule come after them.
    for (rule, from) in [("invoice", 1), ("mail", 2)] {
        let task = json!({"task": "stream", "stream": stream, "from": from, "rule": rule});
        let report = operator.invoke("republish", &task).await.expect("a report");
        assert!(report["published"].as_u64() > Some(0) && report["continue"].is_null(), "{report}");
    }
    let events = wait_for(&operator, 3).await;
    assert_eq!(events.len(), 3, "{events:?}");
    let again = &events[2];
    assert_eq!((again.replayed, again.replayed_to.as_deref(), again.version.get()), (true, Some("mail"), 2));
    assert_eq!(again.id, events[1].id, "a consumer recognises the event by its id");

    // A batch that Lambda gave up is published from the event table if it is not published yet.
    operator.forget_publication(&stream).await.expect("deleted");
    let trimmed = RecordPosition { shard: "shardId-000000009999".to_owned(), sequence: "1".to_owned() };
    let publisher = operator.function("publish-events").expect("a function");
    let given_up = operator.given_up(publisher, &trimmed, "2026-11-22T12:00:00Z");
    operator.send("StreamFailureQueue", &given_up).await.expect("sent");
    let task = json!({"task": "redrive", "queue": "stream-failures"});
    let report = operator.invoke("redrive", &task).await.expect("a report");
    assert_eq!(report["done"], 1, "{report}");
    assert_eq!(wait_for(&operator, 5).await.len(), 5);
    assert_eq!(operator.published(&stream).await.expect("a version"), 2);

    let report = operator.invoke("reconcile", &json!({})).await.expect("a report");
    assert_eq!(report["mismatched"], 0, "{report}");
    stack.shutdown().await;
}
