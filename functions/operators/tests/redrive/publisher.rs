//! Tests the redrive of what the publisher of events could not publish.

use std::sync::{Arc, Mutex};

use es_core::{Commit, StreamId};
use event_bus::PublishedEvent;
use event_stream::DeadLetter;
use publication::{BusEntry, Envelope, EventBus, Publisher, PutError};
use reactions::publish_events::VOCABULARY;
use serde_json::{Value, json};
use shop_testing::{confirmed, created, event, order, product, registered, single_event_commits};
use testing::{StoppedClock, kinesis};
use view_store::QueryTable;

use crate::world::{World, done, failure, reason};

/// The ARN of the publisher's function.
const PUBLISHER: &str = "arn:aws:lambda:eu-central-1:123456789012:function:publisher";

/// A bus that accepts everything while it is open. Clones share the events.
#[derive(Debug, Clone, Default)]
struct Bus {
    events: Arc<Mutex<Vec<(StreamId, u64)>>>,
    is_closed: Arc<Mutex<bool>>,
}

impl Bus {
    fn events(&self) -> Vec<(StreamId, u64)> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

impl EventBus for Bus {
    async fn put(&self, entries: &[&BusEntry]) -> Result<Vec<Result<(), PutError>>, PutError> {
        if *self.is_closed.lock().unwrap() {
            return Err(PutError::Unavailable("the bus is closed".to_owned()));
        }
        let read = |entry: &&BusEntry| {
            let event: PublishedEvent = serde_json::from_str(&entry.detail).unwrap();
            (event.stream, event.version.get())
        };
        self.events.lock().unwrap().extend(entries.iter().map(read));
        Ok(entries.iter().map(|_| Ok(())).collect())
    }
}

/// A world whose event table contains `commits`, and in which the publisher has published nothing.
async fn publishing(commits: &[Commit]) -> (World, Bus) {
    let (mut world, bus) = (World::with(commits).await, Bus::default());
    let table = QueryTable {
        client: world.db.client(),
        name: world.db.query_table().await,
        timeline: kinesis::EVENT_TABLE.to_owned(),
    };
    let envelope =
        Envelope { source: "shop".to_owned(), schemas: VOCABULARY.schemas, reference: VOCABULARY.reference };
    let events = world.redrive.views.events.clone();
    let publisher = Publisher::new(events, bus.clone(), envelope, table, StoppedClock::shared());
    world.redrive.views.followers.push(Box::new(publisher));
    world.redrive.functions = format!("publish-events={PUBLISHER}").parse().unwrap();
    (world, bus)
}

fn letter(commit: &Commit) -> Value {
    let batch = kinesis::commits([commit]);
    json!(DeadLetter::from_record("publish-events", &batch.records[0], "the bus refused it then", None))
}

#[tokio::test]
async fn a_batch_that_lambda_gave_up_is_published() {
    let commits = single_event_commits(&order(1), &[created(), confirmed()]);
    let (world, bus) = publishing(&commits).await;
    world.redrive.records.retain(kinesis::commits(&commits));
    world.redrive.stream_failures.send(&failure(PUBLISHER, 0, 1, 1));
    *bus.is_closed.lock().unwrap() = true;
    let refused = world.redrive("stream-failures").await;
    assert!(reason(&refused[0]).contains("the bus is closed"), "{refused:?}");

    *bus.is_closed.lock().unwrap() = false;
    assert_eq!(world.redrive("stream-failures").await, [done(2, 0, 0)]);
    assert_eq!(bus.events(), [(order(1), 1), (order(1), 2)]);
    assert_eq!(world.versions(&order(1)).await, [[0; 3]; 2], "no view is written");
    assert!(world.redrive.stream_failures.shown().is_empty());
}

#[tokio::test]
async fn a_batch_that_the_stream_no_longer_has_is_published_from_the_event_table() {
    let unknown = event("OrderFrozen", 1, json!({}));
    let mut commits = single_event_commits(&order(1), &[created(), unknown]);
    commits.extend(single_event_commits(&product(1), &[registered()]));
    let (world, bus) = publishing(&commits).await;
    world.redrive.stream_failures.send(&failure(PUBLISHER, 0, 1, 1));
    assert_eq!(world.redrive("stream-failures").await, [done(3, 0, 0)]);
    let mut events = bus.events();
    events.sort();
    assert_eq!(events, [(order(1), 1), (order(1), 2), (product(1), 1)]);
}

#[tokio::test]
async fn a_dead_letter_is_published_with_the_rest_of_its_stream() {
    let commits = single_event_commits(&order(1), &[created(), confirmed()]);
    let (world, bus) = publishing(&commits).await;
    world.redrive.dead_letters.send(&letter(&commits[1]));
    assert_eq!(world.redrive("dead-letters").await, [done(2, 0, 0)]);
    assert_eq!(bus.events(), [(order(1), 1), (order(1), 2)]);
    world.redrive.dead_letters.send(&letter(&commits[0]));
    assert_eq!(world.redrive("dead-letters").await, [done(0, 1, 0)]);
    assert_eq!(bus.events(), []);
}

#[tokio::test]
async fn a_stream_that_catches_up_is_published_too() {
    let commits = single_event_commits(&order(1), &[created()]);
    let (world, bus) = publishing(&commits).await;
    world.catch_up(&[order(1)]).await;
    assert_eq!(bus.events(), [(order(1), 1)]);
    assert_eq!(world.versions(&order(1)).await, [[1, 1, 1]; 2]);
}
