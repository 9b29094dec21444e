//! Commands on streams: how long one is tried again, and what its span has.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use es_core::{
    AppendError, Appended, Category, Clock, Commit, Decider, DomainError, DomainEvent, EventAppender,
    EventReader, Refusal, SnapshotPolicy, StreamId, TimeAndKeys, Timestamp,
};
use http_api::{Api, GatewayEvent, Problem, Request};
use serde::{Deserialize, Serialize};
use testing::{InMemoryEventStore, SpanValue, forward_reads, recorded_values};
use tracing::Instrument as _;
use tracing::field::Empty;
use uuid::Uuid;

use crate::support::{NOW, api, post};

/// A thing that can be touched any number of times.
enum Thing {}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
enum Event {
    Touched {},
}

#[derive(Debug, thiserror::Error)]
#[error("nothing refuses")]
enum Never {}

impl DomainError for Never {
    fn refusal(&self) -> Refusal {
        match *self {}
    }
}

impl Decider for Thing {
    const CATEGORY: Category = Category::new("thing");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy { schema: 1, every: NonZeroU16::MAX };

    type Command = ();
    type Event = Event;
    type State = ();
    type Error = Never;

    fn decide((): &(), (): ()) -> Result<Vec<Event>, Never> {
        Ok(vec![Event::Touched {}])
    }

    fn evolve((): (), _: &Event) {}
}

/// A store in which another writer always appends first.
#[derive(Default)]
struct Busy {
    store: InMemoryEventStore,
    attempts: AtomicU32,
}

impl EventAppender for Busy {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let mut first = commit.clone();
        first.metadata.actor = String::from("another writer");
        self.store.append(&first).await?;
        self.store.append(commit).await
    }

    async fn pause(&self, _: Duration) {}
}

impl EventReader for Busy {
    forward_reads!(store: load, commits_after, load_all);
}

/// A clock that shows a later second each time.
struct Hurrying(AtomicI64);

impl Clock for Hurrying {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(NOW + 1_000_000 * self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }
}

impl TimeAndKeys for Hurrying {
    fn key(&self) -> Uuid {
        Uuid::nil()
    }
}

fn stream() -> StreamId {
    StreamId::new(Thing::CATEGORY, Uuid::nil())
}

/// A request that is received now and has this number of seconds. Each look at the clock takes one of them.
fn hurried(seconds: i64) -> Request {
    let api = Api { source: Arc::new(Hurrying(AtomicI64::new(0))), ..api() };
    let mut event = GatewayEvent::new(post().request().gateway().clone(), lambda_runtime::Context::default());
    event.context.deadline = u64::try_from(NOW / 1_000 + seconds * 1_000 + 1).unwrap();
    api.request(event)
}

#[tokio::test]
async fn a_command_is_tried_again_in_the_first_half_of_its_time() {
    // Every second attempt would come after a pause of some milliseconds, which no longer fits after exactly half of the time.
    for (seconds, attempts) in [(1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (6, 4), (8, 4), (10, 6)] {
        let busy = Busy::default();
        let refused = hurried(seconds).carry_out::<Thing>(&busy, stream(), ()).await.unwrap_err();
        assert_eq!(refused.problem, Problem::Contended);
        assert_eq!(busy.attempts.load(Ordering::Relaxed), attempts, "{seconds} s");
    }
}

#[tokio::test]
async fn a_handler_records_the_aggregate_that_it_reads() {
    let request = &post().request();
    let ((), values) = recorded_values(|| {
        let span = tracing::info_span!("request", "cqrs.aggregate_id" = Empty);
        async { request.record_aggregate(7) }.instrument(span)
    })
    .await;
    assert_eq!(values, [SpanValue { span: "request", field: "cqrs.aggregate_id", value: "7".to_owned() }]);
}
