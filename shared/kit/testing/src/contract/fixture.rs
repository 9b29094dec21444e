//! Streams and commits for testing a store.

use std::num::NonZeroU16;

use es_core::{
    Appended, Category, Commit, EventAppender, EventReader, IdempotencyKey, Load, Metadata, RequestHash,
    Snapshot, SnapshotCheck, StoredEvent, StreamId, StreamVersion, Timestamp,
};
use serde_json::json;
use uuid::Uuid;

/// A snapshot schema that no commit of a [`StreamBuilder`] has.
pub const UNUSED_SCHEMA: u32 = 99;

/// A new stream.
#[must_use]
pub fn stream() -> StreamId {
    StreamId::new(Category::new("test"), Uuid::new_v4())
}

/// A stream under construction. Each commit follows the commit before.
#[derive(Debug, Clone)]
pub struct StreamBuilder {
    stream: StreamId,
    version: StreamVersion,
    /// The commits so far, oldest first.
    pub commits: Vec<Commit>,
}

impl StreamBuilder {
    /// An empty past of a new stream.
    #[must_use]
    pub fn new() -> Self {
        Self::on_stream(stream())
    }

    /// An empty past of `stream`.
    #[must_use]
    pub const fn on_stream(stream: StreamId) -> Self {
        Self { stream, version: StreamVersion::NONE, commits: Vec::new() }
    }

    /// The stream.
    #[must_use]
    pub const fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// Adds a commit with `events` events.
    #[must_use]
    pub fn then(mut self, events: u64) -> Self {
        let commit = self.next(events);
        self.version = commit.last();
        self.commits.push(commit);
        self
    }

    /// Adds a snapshot of `schema` to the latest commit.
    #[must_use]
    pub fn with_snapshot(mut self, schema: u32) -> Self {
        let version = self.version;
        let latest = self.commits.last_mut().unwrap();
        let keys = [latest.seen_key()].into_iter().collect();
        latest.snapshot = Some(Snapshot { schema, state: json!({ "at": version.get() }), keys });
        self
    }

    /// A commit with `events` events and a new key that could come next. It is not added.
    #[must_use]
    pub fn next(&self, events: u64) -> Commit {
        let number = self.version.get();
        let event = |at| StoredEvent {
            event_type: "Counted".to_owned(),
            schema: 1,
            data: json!({ "number": number + at }),
        };
        Commit {
            stream: self.stream.clone(),
            first: self.version.next(),
            events: (1..=events).map(event).collect(),
            metadata: metadata(),
            snapshot: None,
        }
    }

    /// Appends all commits to `store`.
    pub async fn append_to(&self, store: &impl EventAppender) {
        for commit in &self.commits {
            assert_eq!(store.append(commit).await.unwrap(), Appended::New);
        }
    }
}

impl Default for StreamBuilder {
    fn default() -> Self {
        Self::new()
    }
}

fn metadata() -> Metadata {
    let key = Uuid::new_v4().to_string();
    Metadata {
        occurred_at: Timestamp::from_micros(1_777_777_777_000_042).unwrap(),
        actor: "user-1".to_owned(),
        request_hash: RequestHash::from_request("POST /test", &json!({ "key": key })),
        key: IdempotencyKey::try_from(key).unwrap(),
        traceparent: None,
        correlation_id: Uuid::new_v4().to_string(),
        causation_id: Uuid::new_v4().to_string(),
    }
}

/// Accepts the snapshots of `SCHEMA`.
#[must_use]
pub const fn check_schema<const SCHEMA: u32>(snapshot: &Snapshot) -> SnapshotCheck {
    if snapshot.schema == SCHEMA { SnapshotCheck::Usable } else { SnapshotCheck::OtherSchema }
}

/// Loads `stream` in pages of `page` commits for a caller that cannot use any snapshot.
pub async fn at_page(store: &impl EventReader, stream: &StreamId, page: u16) -> Vec<Commit> {
    let page = NonZeroU16::new(page).unwrap();
    store.load(Load { stream, upto: None, check: check_schema::<UNUSED_SCHEMA>, page }).await.unwrap()
}

/// Loads every commit of `stream`.
pub async fn all(store: &impl EventReader, stream: &StreamId) -> Vec<Commit> {
    at_page(store, stream, 100).await
}
