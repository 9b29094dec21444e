//! Bank accounts: a small domain, its balances as views in memory, and the faults of both stores.

use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use es_core::{
    Applied, Category, Commit, DomainEvent, EventAppender, EventReader, IdempotencyKey, Metadata, Projection,
    Recorded, ReportResult, RequestHash, StoreError, StoredEvent, StreamChange, StreamId, StreamVersion,
    Timestamp, Unwritable, ViewWriter, WriteError,
};
use event_stream::{Batch, BatchResponse};
use futures::future::BoxFuture;
use projection::{Counters, MissedStreams, OtherGeneration, OtherPolicy, Projector, Replayed};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use testing::{InMemoryDeadLetters, InMemoryEventStore, StoppedClock, forward_reads, kinesis};
use tokio::time::Instant;
use uuid::Uuid;

const CATEGORY: Category = Category::new("account");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
pub(crate) enum AccountEvent {
    Opened {},
    Deposited { cents: u64 },
    Renamed {},
}

/// Projects the events of an account to its balance.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BalanceProjection {}

impl Projection for BalanceProjection {
    const NAME: &'static str = "balance-projection";
    const CATEGORY: Category = CATEGORY;

    type Event = AccountEvent;
    type Change = u64;

    fn project(change: u64, recorded: &Recorded<AccountEvent>) -> u64 {
        match recorded.event {
            AccountEvent::Opened {} | AccountEvent::Renamed {} => change,
            AccountEvent::Deposited { cents } => change + cents,
        }
    }
}

pub(crate) fn account(number: u128) -> StreamId {
    StreamId::new(CATEGORY, Uuid::from_u128(number))
}

fn stored(event_type: &str, schema: u32, data: Value) -> StoredEvent {
    StoredEvent { event_type: event_type.to_owned(), schema, data }
}

pub(crate) fn opened() -> StoredEvent {
    stored("Opened", 1, json!({}))
}

pub(crate) fn deposited(cents: u64) -> StoredEvent {
    stored("Deposited", 1, json!({ "cents": cents }))
}

/// An event that does not concern the balance.
pub(crate) fn renamed() -> StoredEvent {
    stored("Renamed", 1, json!({}))
}

/// An event of a type that only newer code knows.
pub(crate) fn unknown() -> StoredEvent {
    stored("Frozen", 1, json!({}))
}

/// An event in a schema that only newer code knows.
pub(crate) fn from_the_future() -> StoredEvent {
    StoredEvent { schema: 99, ..deposited(1) }
}

pub(crate) fn commit(number: u128, first: u64, events: Vec<StoredEvent>) -> Commit {
    let metadata = Metadata {
        occurred_at: Timestamp::MIN,
        actor: "teller".to_owned(),
        key: IdempotencyKey::try_from(format!("key-{first}")).unwrap(),
        request_hash: RequestHash::stored(String::new()),
        traceparent: None,
        correlation_id: "correlation".to_owned(),
        causation_id: "request".to_owned(),
    };
    let first = StreamVersion::new(first);
    Commit { stream: account(number), first, events, metadata, snapshot: None }
}

/// A commit of another category.
pub(crate) fn of_another_category() -> Commit {
    Commit { stream: StreamId::new(Category::new("branch"), Uuid::nil()), ..commit(1, 1, vec![opened()]) }
}

/// Commits with one event each, starting at version 1.
pub(crate) fn single_event_commits(number: u128, events: &[StoredEvent]) -> Vec<Commit> {
    (1..).zip(events).map(|(first, event)| commit(number, first, vec![event.clone()])).collect()
}

/// The fault of one request to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Throttled,
    Unavailable,
    /// The request takes effect, but its response is lost.
    LostAnswer,
    Hangs,
}

/// The requests to the stores, and the faults of the next requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    requests: Arc<Mutex<Vec<&'static str>>>,
    faults: Arc<Mutex<VecDeque<Fault>>>,
}

impl Wire {
    async fn request(&self, name: &'static str) -> Fault {
        self.requests.lock().unwrap().push(name);
        let fault = self.faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
        if fault == Fault::Hangs { pending().await } else { fault }
    }

    pub(crate) fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

/// The event table. A read of the commit at the version in `corrupt` fails.
#[derive(Debug, Clone, Default)]
pub(crate) struct Events {
    wire: Wire,
    commits: InMemoryEventStore,
    pub(crate) corrupt: Arc<Mutex<Option<StreamVersion>>>,
}

impl Events {
    /// An event table that holds `commits`.
    pub(crate) async fn with(commits: &[Commit]) -> Self {
        let events = Self::default();
        for commit in commits {
            events.commits.append(commit).await.unwrap();
        }
        events
    }
}

impl EventReader for Events {
    forward_reads!(commits: load, load_all);

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        match self.wire.request("read").await {
            Fault::Throttled => return Err(StoreError::Throttled("scripted".into())),
            Fault::Unavailable | Fault::LostAnswer => return Err(StoreError::Unavailable("scripted".into())),
            Fault::None | Fault::Hangs => {}
        }
        let commits = self.commits.commits_after(stream, after, limit).await?;
        let corrupt = *self.corrupt.lock().unwrap();
        if commits.iter().any(|commit| Some(commit.first) == corrupt) {
            return Err(StoreError::Corrupt { stream: stream.to_string(), reason: "scripted".to_owned() });
        }
        Ok(commits)
    }
}

/// The balances: the version and the cents of each account. A balance above [`Self::LIMIT`] cannot be written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Balances {
    pub(crate) wire: Wire,
    views: Arc<Mutex<BTreeMap<StreamId, (u64, u64)>>>,
}

impl Balances {
    pub(crate) const LIMIT: usize = 1_000_000;

    /// Removes the view of an account, as if its table had lost it.
    pub(crate) fn forget(&self, number: u128) {
        self.views.lock().unwrap().remove(&account(number));
    }

    /// The version and the cents of an account's view; zeros if there is no view.
    pub(crate) fn of_account(&self, number: u128) -> (u64, u64) {
        self.views.lock().unwrap().get(&account(number)).copied().unwrap_or_default()
    }
}

impl ViewWriter<u64> for Balances {
    async fn apply(
        &self,
        stream: &StreamId,
        change: &u64,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let fault = self.wire.request("write").await;
        match fault {
            Fault::Throttled => return Err(WriteError::Throttled("scripted".into())),
            Fault::Unavailable => return Err(WriteError::Unavailable("scripted".into())),
            Fault::None | Fault::LostAnswer | Fault::Hangs => {}
        }
        let bytes = usize::try_from(*change).unwrap();
        if bytes > Self::LIMIT {
            return Err(Unwritable::TooLarge { attribute: "cents", bytes, limit: Self::LIMIT }.into());
        }
        let mut views = self.views.lock().unwrap();
        let (version, cents) = views.get(stream).copied().unwrap_or_default();
        let checkpoint = StreamVersion::new(version);
        if checkpoint != after {
            let is_behind = checkpoint < after;
            return Ok(if is_behind {
                Applied::Behind { checkpoint }
            } else {
                Applied::Ahead { checkpoint }
            });
        }
        views.insert(stream.clone(), (to.get(), cents + change));
        match fault {
            Fault::LostAnswer => Err(WriteError::Unavailable("scripted".into())),
            _ => Ok(Applied::Written),
        }
    }

    async fn apply_all(&self, _: &[StreamChange<'_, u64>], _: &ReportResult<'_>) {
        self.wire.request("write together").await;
    }
}

/// Both stores, the dead-letter queue, and the projection between the stores.
/// The stored number of streams that the other generation missed. A count can fail or hang.
#[derive(Debug, Clone, Default)]
pub(crate) struct Missed {
    pub(crate) wire: Wire,
    streams: Arc<Mutex<u64>>,
}

impl Missed {
    pub(crate) fn streams(&self) -> u64 {
        *self.streams.lock().unwrap()
    }
}

impl MissedStreams for Missed {
    fn add(&self, streams: u64) -> BoxFuture<'_, Result<(), WriteError>> {
        Box::pin(async move {
            match self.wire.request("count").await {
                Fault::None => {
                    *self.streams.lock().unwrap() += streams;
                    Ok(())
                }
                _ => Err(WriteError::Throttled("scripted".into())),
            }
        })
    }
}

pub(crate) struct World {
    pub(crate) wire: Wire,
    pub(crate) letters: InMemoryDeadLetters,
    pub(crate) missed: Missed,
    pub(crate) projector: Projector<BalanceProjection, Events, Balances>,
}

impl World {
    /// A world whose event table holds `commits`.
    pub(crate) async fn with(commits: &[Commit]) -> Self {
        let events = Events::with(commits).await;
        let wire = events.wire.clone();
        let balances = Balances { wire: wire.clone(), ..Balances::default() };
        let event_table = kinesis::EVENT_TABLE.to_owned();
        let projector = Projector::new(event_table, events, balances, StoppedClock::shared());
        Self { wire, letters: InMemoryDeadLetters::default(), missed: Missed::default(), projector }
    }

    /// Adds a second generation of views, which has its own faults, and returns it as well.
    pub(crate) fn and_generation(self) -> (Self, Balances) {
        self.and_other(false)
    }

    /// The same, but a batch is done only when both generations have it, as during a cut-over.
    pub(crate) fn and_strict_generation(self) -> (Self, Balances) {
        self.and_other(true)
    }

    fn and_other(mut self, is_strict: bool) -> (Self, Balances) {
        let other = Balances { wire: Wire::default(), ..Balances::default() };
        let (table, views) = ("green".to_owned(), other.clone());
        let missed = Arc::new(self.missed.clone());
        let policy = OtherPolicy { is_strict, missed, extra_time: Arc::default() };
        self.projector = self.projector.and_generation(Some(OtherGeneration { table, views, policy }));
        (self, other)
    }

    pub(crate) async fn try_project(&self, batch: &Batch) -> (BatchResponse, Counters) {
        let deadline = Instant::now() + Duration::from_mins(1);
        self.projector.project(batch, &self.letters, deadline).await
    }

    /// Projects `batch` and asserts that nothing must be delivered again.
    pub(crate) async fn project(&self, batch: &Batch) -> Counters {
        let (response, counters) = self.try_project(batch).await;
        assert_eq!(response, BatchResponse::default());
        counters
    }

    /// Projects the delivery of `commits` and asserts that nothing must be delivered again.
    pub(crate) async fn deliver<'a>(&self, commits: impl IntoIterator<Item = &'a Commit>) -> Counters {
        self.project(&kinesis::commits(commits)).await
    }

    pub(crate) async fn replay(&self, commits: &[Commit]) -> Replayed {
        self.projector.replay(commits, Instant::now() + Duration::from_mins(1)).await
    }

    /// The version and the cents of an account's view.
    pub(crate) fn view(&self, number: u128) -> (u64, u64) {
        self.projector.views.of_account(number)
    }
}
