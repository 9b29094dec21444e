//! Tests the publisher on the sample payloads of its function.
#![cfg(test)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use es_core::Clock;
use event_bus::PublishedEvent;
use event_store::DynamoEventStore;
use event_stream::{Batch, BatchResponse};
use publication::{BusEntry, Envelope, EventBus, Publisher, PutError};
use reactions::publish_events::VOCABULARY;
use reactions::{publish_events, registry};
use serde_json::json;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, has_environment, kinesis};
use tokio::time::Instant;
use view_store::QueryTable;

/// A bus that accepts everything. Clones share the events.
#[derive(Debug, Clone, Default)]
struct Bus(Arc<Mutex<Vec<PublishedEvent>>>);

impl EventBus for Bus {
    async fn put(&self, entries: &[&BusEntry]) -> Result<Vec<Result<(), PutError>>, PutError> {
        let read = |entry: &&BusEntry| serde_json::from_str::<PublishedEvent>(&entry.detail).unwrap();
        self.0.lock().unwrap().extend(entries.iter().map(read));
        Ok(entries.iter().map(|_| Ok(())).collect())
    }
}

/// Publishes `batch` from an empty event table. Returns the published events, and the number of dead letters.
async fn publish(batch: &Batch) -> (Vec<PublishedEvent>, usize) {
    let (db, bus, letters) = (LocalDynamoDb::start().await, Bus::default(), InMemoryDeadLetters::default());
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    let timeline = kinesis::EVENT_TABLE.to_owned();
    let table = QueryTable { client: db.client(), name: db.query_table().await, timeline };
    let envelope = Envelope {
        source: "cqrs-ecommerce".to_owned(),
        schemas: VOCABULARY.schemas,
        reference: VOCABULARY.reference,
    };
    let publisher = Publisher::new(events, bus.clone(), envelope, table, StoppedClock::shared());
    let deadline = Instant::now() + Duration::from_mins(1);
    let (response, _) = publisher.publish(batch, &letters, deadline).await;
    assert_eq!(response, BatchResponse::default());
    let events = bus.0.lock().unwrap().clone();
    (events, letters.take().len())
}

#[tokio::test]
async fn every_sample_publishes_the_expected_events() {
    let life = ["OrderCreated:2", "OrderConfirmed:1", "OrderShipped:1"];
    for (name, batch) in kinesis::samples::<Batch>("publish-events") {
        let (schemas, poison): (&[&str], _) = match name.as_str() {
            "full-life" => (&life, 0),
            "poison" => (&life[..1], 1),
            "unknown-type" => (&["OrderCreated:2", "OrderGiftWrapped:1", "OrderConfirmed:1"], 0),
            _ => panic!("{name} has no expectation"),
        };
        let (events, letters) = publish(&batch).await;
        let found: Vec<_> = events.iter().map(|event| event.dataschema.to_string()).collect();
        let expected: Vec<_> =
            schemas.iter().map(|schema| format!("urn:cqrs-ecommerce:event:{schema}")).collect();
        assert_eq!((found, letters), (expected, poison), "{name}");
        let versions: Vec<_> = events.iter().map(|event| event.version.get()).collect();
        assert_eq!(versions, (1..=versions.len() as u64).collect::<Vec<_>>(), "{name}");
    }
}

#[tokio::test]
async fn no_entry_has_the_caller_or_the_idempotency_key() {
    let (_, batch) = kinesis::samples::<Batch>("publish-events").remove(0);
    let (events, _) = publish(&batch).await;
    let mut created = json!(events[0]);
    assert_eq!(created["data"]["user_id"], "user-ada", "the data belongs to the event's schema");
    created["data"] = json!({});
    for private in ["user-ada", "idempotency", "request_hash"] {
        assert!(!created.to_string().contains(private), "{created}");
    }
}

/// The names of the followers that the environment switches on.
fn followers() -> Vec<&'static str> {
    let config = aws_client::config().unwrap();
    let client = aws_client::dynamodb(&config);
    let events = DynamoEventStore::new(client.clone(), "events");
    let clock: Arc<dyn Clock> = StoppedClock::shared();
    let running = registry::running(&config, &client, &events, &clock).unwrap();
    let names: Vec<_> = running.iter().map(|follower| follower.facts().name).collect();
    let facts = registry::facts(&client).unwrap();
    assert_eq!(names, facts.iter().map(|facts| facts.name).collect::<Vec<_>>());
    names
}

#[test]
fn the_publisher_follows_where_there_is_a_bus() {
    let variables = [
        ("EVENT_BUS", "orders"),
        ("EVENT_SOURCE", "shop"),
        ("EVENT_TABLE", "events"),
        ("PUBLICATION_TABLE", "publication"),
    ];
    if has_environment("the_publisher_follows_where_there_is_a_bus", &variables) {
        assert_eq!(followers(), registry::NAMES);
    }
}

#[test]
fn nothing_follows_without_a_bus() {
    if has_environment("nothing_follows_without_a_bus", &[("EVENT_BUS", "")]) {
        assert_eq!(followers(), [""; 0]);
    }
}

#[test]
fn the_publisher_needs_a_bus() {
    if has_environment("the_publisher_needs_a_bus", &[("EVENT_TABLE", "events")]) {
        let missing = publish_events::run().unwrap_err();
        assert!(missing.to_string().contains("EVENT_BUS"), "{missing}");
    }
}
