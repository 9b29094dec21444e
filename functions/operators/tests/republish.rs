//! Tests the republish function on an event store and a bus in memory.
#![cfg(test)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::Commit;
use event_bus::PublishedEvent;
use event_store::DynamoEventStore;
use operators::republish::{EmptyRange, Republish, RepublishReport, RepublishRequest};
use publication::{BusEntry, Envelope, EventBus, PutError};
use reactions::publish_events::VOCABULARY;
use serde_json::{Value, json};
use shop_testing::{
    append_all, commit, commits_of, confirmed, created, delivered, order, product, registered, shipped,
    single_event_commits,
};
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryEventStore, kinesis};
use tokio::time::Instant;

/// A bus that accepts `space` entries and then fails every request. Clones share the entries.
#[derive(Debug, Clone)]
struct Bus {
    entries: Arc<Mutex<Vec<PublishedEvent>>>,
    space: Arc<Mutex<usize>>,
}

impl Bus {
    fn with_space(space: usize) -> Self {
        Self { entries: Arc::default(), space: Arc::new(Mutex::new(space)) }
    }

    fn events(&self) -> Vec<PublishedEvent> {
        std::mem::take(&mut *self.entries.lock().unwrap())
    }

    /// The stream and the version of each event since the last call.
    fn versions(&self) -> Vec<(String, u64)> {
        self.events().iter().map(|event| (event.stream.to_string(), event.version.get())).collect()
    }
}

impl EventBus for Bus {
    async fn put(&self, entries: &[&BusEntry]) -> Result<Vec<Result<(), PutError>>, PutError> {
        let mut space = self.space.lock().unwrap();
        let Some(left) = space.checked_sub(entries.len()) else {
            return Err(PutError::Unavailable("scripted".to_owned()));
        };
        *space = left;
        let read = |entry: &&BusEntry| serde_json::from_str::<PublishedEvent>(&entry.detail).unwrap();
        self.entries.lock().unwrap().extend(entries.iter().map(read));
        Ok(entries.iter().map(|_| Ok(())).collect())
    }
}

fn envelope() -> Envelope {
    Envelope { source: "shop".to_owned(), schemas: VOCABULARY.schemas, reference: VOCABULARY.reference }
}

struct World {
    bus: Bus,
    republish: Republish<InMemoryEventStore, Bus>,
}

impl World {
    async fn with(commits: &[Commit], space: usize) -> Self {
        let (events, bus) = (InMemoryEventStore::default(), Bus::with_space(space));
        append_all(&events, commits).await;
        Self { bus: bus.clone(), republish: Republish { events, bus, envelope: envelope() } }
    }

    async fn answer(&self, request: &Value) -> RepublishReport {
        let request: RepublishRequest = serde_json::from_value(request.clone()).unwrap();
        self.republish.answer(request, Instant::now() + Duration::from_mins(10)).await.unwrap()
    }

    /// Sends `request` and checks that it is finished.
    async fn finish(&self, request: &Value) -> u64 {
        let report = self.answer(request).await;
        assert_eq!((&report.stopped, &report.rest), (&None, &None));
        report.published
    }
}

/// The commits of an order with five events in three commits, and of a product with one event.
fn streams() -> Vec<Commit> {
    let mut commits = vec![
        commit(&order(1), 1, vec![created()]),
        commit(&order(1), 2, vec![confirmed(), shipped(), shipped()]),
        commit(&order(1), 5, vec![delivered()]),
    ];
    commits.extend(single_event_commits(&product(1), &[registered()]));
    commits
}

fn versions(stream: &str, versions: impl IntoIterator<Item = u64>) -> Vec<(String, u64)> {
    versions.into_iter().map(|version| (stream.to_owned(), version)).collect()
}

#[test]
fn every_sample_is_a_request() {
    let samples = kinesis::samples::<RepublishRequest>("republish");
    assert!(samples.len() >= 3, "{samples:?}");
}

#[test]
fn a_stream_is_published_from_its_first_version_on_by_default() {
    let request = json!({"task": "stream", "stream": order(1).to_string()});
    let request: RepublishRequest = serde_json::from_value(request).unwrap();
    assert_eq!(serde_json::to_value(&request).unwrap()["from"], 1);
}

#[tokio::test]
async fn items_that_are_not_commits_are_counted() {
    let db = LocalDynamoDb::start().await;
    let table = db.event_table().await;
    for number in [1, 2] {
        let (pk, first) = (order(number).to_string(), AttributeValue::N("1".to_owned()));
        db.set(&table, (&pk, first), "note", AttributeValue::S("by hand".to_owned())).await;
    }
    let events = DynamoEventStore::new(db.client(), &table);
    let republish = Republish { events, bus: Bus::with_space(0), envelope: envelope() };
    let request = serde_json::from_value(json!({"task": "all"})).unwrap();
    let report = republish.answer(request, Instant::now() + Duration::from_mins(1)).await.unwrap();
    assert_eq!((report.unreadable, report.published, report.stopped), (2, 0, None));
}

#[tokio::test(start_paused = true)]
async fn a_range_of_a_stream_is_published_although_a_commit_begins_before_it() {
    let world = World::with(&streams(), 100).await;
    let stream = order(1).to_string();
    assert_eq!(world.finish(&json!({"task": "stream", "stream": stream})).await, 5);
    assert_eq!(world.bus.versions(), versions(&stream, 1..=5));
    assert_eq!(world.finish(&json!({"task": "stream", "stream": stream, "from": 3, "to": 4})).await, 2);
    assert_eq!(world.bus.versions(), versions(&stream, 3..=4));
    assert_eq!(world.finish(&json!({"task": "stream", "stream": stream, "from": 6})).await, 0);
    assert_eq!(world.finish(&json!({"task": "stream", "stream": order(9).to_string()})).await, 0);
}

#[tokio::test(start_paused = true)]
async fn events_are_marked_with_the_rule() {
    let world = World::with(&streams(), 100).await;
    world.finish(&json!({"task": "all", "rule": "mail"})).await;
    let events = world.bus.events();
    assert_eq!(events.len(), 6);
    assert!(events.iter().all(|event| event.replayed && event.replayed_to.as_deref() == Some("mail")));
    world.finish(&json!({"task": "all"})).await;
    assert!(world.bus.events().iter().all(|event| event.replayed && event.replayed_to.is_none()));
}

/// The commits of the test data were accepted as many seconds after 1970 as their first version says.
#[tokio::test(start_paused = true)]
async fn a_time_ends_before_its_end() {
    let world = World::with(&streams(), 100).await;
    let time = json!({"task": "time", "since": "1970-01-01T00:00:01Z", "until": "1970-01-01T00:00:05Z"});
    assert_eq!(world.finish(&time).await, 5);
    let stream = order(1).to_string();
    let mut expected = versions(&stream, 1..=4);
    expected.extend(versions(&product(1).to_string(), [1]));
    assert_eq!(world.bus.versions(), expected);
}

#[tokio::test(start_paused = true)]
async fn work_that_the_bus_interrupts_is_continued_by_the_reported_request() {
    let commits: Vec<Commit> =
        (1..=3).flat_map(|number| single_event_commits(&order(number), &vec![confirmed(); 12])).collect();
    let long = single_event_commits(&order(7), &vec![confirmed(); 36]);
    for (commits, request) in [
        (commits, json!({"task": "all", "rule": "mail", "per_second": 1000})),
        (long, json!({"task": "stream", "stream": order(7).to_string(), "per_second": 1000})),
    ] {
        let world = World::with(&commits, 25).await;
        let report = world.answer(&request).await;
        assert_eq!((report.published, report.stopped.is_some()), (20, true), "{report:?}");
        let rest = json!(report.rest.unwrap());
        *world.bus.space.lock().unwrap() = 100;
        assert_eq!(world.finish(&rest).await, 16);
        let published = world.bus.versions();
        let expected: Vec<_> =
            commits.iter().map(|commit| (commit.stream.to_string(), commit.first.get())).collect();
        assert_eq!(published, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_stream_is_published_page_by_page() {
    let events = vec![confirmed(); 650];
    let commits = commits_of(&order(7), 3, &events);
    let world = World::with(&commits, 1_000).await;
    let request = json!({"task": "stream", "stream": order(7).to_string(), "per_second": 1000});
    assert_eq!(world.finish(&request).await, 650);
    assert_eq!(world.bus.versions(), versions(&order(7).to_string(), 1..=650));
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_limited_and_the_deadline_is_kept() {
    let commits = single_event_commits(&order(7), &vec![confirmed(); 36]);
    let world = World::with(&commits, 100).await;
    let start = Instant::now();
    world.finish(&json!({"task": "all", "per_second": 10})).await;
    assert_eq!(start.elapsed().as_secs(), 3, "the last group waits for the three groups before it");
    world.bus.events();

    let request: RepublishRequest = serde_json::from_value(json!({"task": "all", "per_second": 10})).unwrap();
    let report = world.republish.answer(request, Instant::now() + Duration::from_millis(1500)).await.unwrap();
    assert_eq!((report.published, report.stopped.as_deref()), (20, Some("the time was up")));
    assert_eq!(world.finish(&json!(report.rest.unwrap())).await, 16);
    assert_eq!(world.bus.versions().len(), 36);
}

#[test]
fn a_wrong_request_is_refused_with_its_field() {
    for (request, message) in [
        (json!({"task": "all", "rule": "a rule"}), "rule must have"),
        (json!({"task": "all", "rule": ""}), "rule must have"),
        (json!({"task": "all", "per_second": 0}), "per_second must be"),
        (json!({"task": "all", "per_second": 1001}), "per_second must be"),
        (json!({"task": "all", "stream": "order-1"}), "unknown field"),
        (json!({"task": "stream", "stream": "order-1"}), "not a stream id"),
        (json!({"task": "time", "since": "1970-01-01T00:00:01Z"}), "until"),
    ] {
        let refused = serde_json::from_value::<RepublishRequest>(request.clone()).unwrap_err().to_string();
        assert!(refused.contains(message), "{request}: {refused}");
    }
}

#[tokio::test]
async fn a_range_that_ends_before_it_begins_is_refused() {
    let world = World::with(&streams(), 100).await;
    let stream = order(1).to_string();
    let (earlier, later) = ("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z");
    for (request, refusal) in [
        (json!({"task": "stream", "stream": stream, "from": 4, "to": 3}), EmptyRange::Versions),
        (json!({"task": "time", "since": later, "until": earlier}), EmptyRange::Time),
        (json!({"task": "time", "since": later, "until": later}), EmptyRange::Time),
    ] {
        let parsed: RepublishRequest = serde_json::from_value(request.clone()).unwrap();
        let refused = world.republish.answer(parsed, Instant::now() + Duration::from_mins(1)).await;
        assert_eq!(refused, Err(refusal), "{request}");
    }
    assert_eq!(world.bus.versions(), []);
}
