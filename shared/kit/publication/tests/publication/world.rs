//! Bank accounts and branches: their commits, a bus in memory, and the publisher between them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{
    Category, Commit, EventAppender, IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamId,
    StreamVersion, Timestamp,
};
use event_bus::PublishedEvent;
use event_stream::BatchResponse;
use projection::Counters;
use publication::{BusEntry, Envelope, EventBus, Publisher, PutError};
use serde_json::{Value, json};
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, InMemoryEventStore, StoppedClock, kinesis};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;
use view_store::QueryTable;

pub(crate) fn account(number: u128) -> StreamId {
    StreamId::new(Category::new("account"), Uuid::from_u128(number))
}

pub(crate) fn branch(number: u128) -> StreamId {
    StreamId::new(Category::new("branch"), Uuid::from_u128(number))
}

pub(crate) fn deposited(cents: u64) -> StoredEvent {
    StoredEvent { event_type: "Deposited".to_owned(), schema: 2, data: json!({ "cents": cents }) }
}

/// An event whose data has `bytes` bytes.
pub(crate) fn noted(bytes: usize) -> StoredEvent {
    StoredEvent { event_type: "Noted".to_owned(), schema: 1, data: json!({ "note": "x".repeat(bytes) }) }
}

pub(crate) fn commit(stream: &StreamId, first: u64, events: Vec<StoredEvent>) -> Commit {
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
    Commit { stream: stream.clone(), first, events, metadata, snapshot: None }
}

/// Commits of `stream` with the given numbers of events, from version 1 on.
pub(crate) fn commits(stream: &StreamId, sizes: &[u64]) -> Vec<Commit> {
    let mut next = 1;
    let commits = sizes.iter().map(|size| {
        let first = next;
        next += size;
        commit(stream, first, (first..next).map(deposited).collect())
    });
    commits.collect()
}

/// The fault of one request to the bus.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    None,
    /// The bus accepts all entries except those at these places.
    Entries(Vec<(usize, PutError)>),
    /// The bus accepts nothing, and the request fails.
    Request(PutError),
    /// The bus accepts all entries, but the response is lost.
    LostAnswer,
    /// The bus accepts nothing and does not answer.
    NoAnswer,
}

pub(crate) fn throttled() -> PutError {
    PutError::Throttled("scripted".to_owned())
}

pub(crate) fn unavailable() -> PutError {
    PutError::Unavailable("scripted".to_owned())
}

pub(crate) fn refused() -> PutError {
    PutError::Refused("scripted".to_owned())
}

/// The bus. Clones share the accepted entries and the script.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bus {
    accepted: Arc<Mutex<Vec<BusEntry>>>,
    requests: Arc<Mutex<Vec<usize>>>,
    script: Arc<Mutex<VecDeque<Fault>>>,
    unanswered: Arc<Notify>,
}

impl Bus {
    pub(crate) fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.script.lock().unwrap().extend(faults);
    }

    /// Removes the rest of the script.
    pub(crate) fn clear(&self) {
        self.script.lock().unwrap().clear();
    }

    /// The accepted entries since the last call.
    pub(crate) fn take(&self) -> Vec<BusEntry> {
        std::mem::take(&mut *self.accepted.lock().unwrap())
    }

    /// The accepted events since the last call: the stream and the version of each.
    pub(crate) fn events(&self) -> Vec<(StreamId, u64)> {
        let event = |entry: BusEntry| {
            let event: PublishedEvent = serde_json::from_str(&entry.detail).unwrap();
            (event.stream, event.version.get())
        };
        self.take().into_iter().map(event).collect()
    }

    /// The accepted versions since the last call, by stream.
    pub(crate) fn versions(&self) -> BTreeMap<StreamId, Vec<u64>> {
        let mut versions: BTreeMap<StreamId, Vec<u64>> = BTreeMap::new();
        for (stream, version) in self.events() {
            versions.entry(stream).or_default().push(version);
        }
        versions
    }

    /// Waits for a request that gets no answer.
    pub(crate) async fn unanswered(&self) {
        self.unanswered.notified().await;
    }

    /// The number of entries in each request since the last call.
    pub(crate) fn requests(&self) -> Vec<usize> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

impl EventBus for Bus {
    async fn put(&self, entries: &[&BusEntry]) -> Result<Vec<Result<(), PutError>>, PutError> {
        let bytes: usize = entries.iter().map(|entry| entry.bytes()).sum();
        assert!((1..=publication::MAX_ENTRIES).contains(&entries.len()) && bytes <= publication::MAX_BYTES);
        self.requests.lock().unwrap().push(entries.len());
        let fault = self.script.lock().unwrap().pop_front().unwrap_or(Fault::None);
        let failed = match &fault {
            Fault::Request(error) => return Err(error.clone()),
            Fault::Entries(failed) => failed.as_slice(),
            Fault::NoAnswer => {
                self.unanswered.notify_one();
                return std::future::pending().await;
            }
            Fault::None | Fault::LostAnswer => &[],
        };
        let result = |place: usize| {
            let error = failed.iter().find(|(at, _)| *at == place);
            error.map_or(Ok(()), |(_, error)| Err(error.clone()))
        };
        let results: Vec<_> = (0..entries.len()).map(result).collect();
        let accepted = entries.iter().zip(&results).filter(|(_, result)| result.is_ok());
        self.accepted.lock().unwrap().extend(accepted.map(|(entry, _)| (*entry).clone()));
        if matches!(fault, Fault::LostAnswer) { Err(unavailable()) } else { Ok(results) }
    }
}

pub(crate) fn envelope() -> Envelope {
    Envelope {
        source: "bank".to_owned(),
        schemas: "urn:bank:event:",
        reference: |stream, version| format!("/accounts/{}/events#{version}", stream.uuid()),
    }
}

pub(crate) struct World {
    pub(crate) db: LocalDynamoDb,
    pub(crate) table: QueryTable,
    pub(crate) bus: Bus,
    pub(crate) letters: InMemoryDeadLetters,
    pub(crate) events: InMemoryEventStore,
    pub(crate) publisher: Publisher<InMemoryEventStore, Bus>,
}

impl World {
    /// A world whose event table contains `commits`, and in which nothing is published.
    pub(crate) async fn with(commits: &[Commit]) -> Self {
        let (db, bus, events) = (LocalDynamoDb::start().await, Bus::default(), InMemoryEventStore::default());
        for commit in commits {
            events.append(commit).await.unwrap();
        }
        let table = QueryTable {
            client: db.client(),
            name: db.query_table().await,
            timeline: kinesis::EVENT_TABLE.to_owned(),
        };
        let clock = StoppedClock::shared();
        let publisher = Publisher::new(events.clone(), bus.clone(), envelope(), table.clone(), clock);
        Self { db, table, bus, letters: InMemoryDeadLetters::default(), events, publisher }
    }

    /// Delivers `commits` in one batch. Returns the index of the record at which the delivery starts again, if any.
    pub(crate) async fn deliver<'a>(
        &self,
        commits: impl IntoIterator<Item = &'a Commit>,
    ) -> (Option<usize>, Counters) {
        let deadline = Instant::now() + Duration::from_mins(1);
        let batch = kinesis::commits(commits);
        let (response, counters) = self.publisher.publish(&batch, &self.letters, deadline).await;
        assert_eq!(response == BatchResponse::default(), kinesis::restart(&response).is_none());
        (kinesis::restart(&response), counters)
    }

    /// Delivers `commits` and checks that nothing fails.
    pub(crate) async fn publish<'a>(&self, commits: impl IntoIterator<Item = &'a Commit>) -> Counters {
        let (restart, counters) = self.deliver(commits).await;
        assert_eq!(restart, None);
        counters
    }

    /// The checkpoint of `stream` and its event table.
    pub(crate) async fn checkpoint(&self, stream: &StreamId) -> Option<(u64, String)> {
        let QueryTable { client, name, .. } = &self.table;
        let get = client.get_item().table_name(name).consistent_read(true);
        let get = get.key("pk", AttributeValue::S(stream.to_string()));
        let item = get.key("sk", AttributeValue::S("published".to_owned())).send().await.unwrap().item?;
        let version = item["version"].as_n().unwrap().parse().unwrap();
        Some((version, item["timeline"].as_s().unwrap().clone()))
    }

    /// The version of the checkpoint of `stream`; 0 if there is none.
    pub(crate) async fn reached(&self, stream: &StreamId) -> u64 {
        self.checkpoint(stream).await.map_or(0, |(version, _)| version)
    }

    /// The dead letters since the last call.
    pub(crate) fn letters(&self) -> Vec<Value> {
        self.letters.take()
    }
}
