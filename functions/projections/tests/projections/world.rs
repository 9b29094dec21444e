//! The test world: the event table, the query table, a dead-letter queue, and one projection.

use std::time::Duration;

use es_core::Commit;
use event_store::DynamoEventStore;
use event_stream::{Batch, BatchResponse, Content, decode};
use futures::future::join_all;
use projection::{Counters, Projector, Stores, ViewProjection, WrittenTables, projector_for};
use proptest::prelude::*;
use shop_testing as shop;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::{QueryTable, StoredChange};

pub(crate) struct World<P: ViewProjection> {
    pub(crate) db: LocalDynamoDb,
    pub(crate) letters: InMemoryDeadLetters,
    pub(crate) query_table: String,
    pub(crate) projector: Projector<P, DynamoEventStore, <P::Change as StoredChange>::Writer>,
}

impl<P: ViewProjection> World<P> {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A world whose event table contains `commits`.
    pub(crate) async fn with(commits: &[Commit]) -> Self {
        let db = LocalDynamoDb::start().await;
        let (event_table, query_table) = (db.event_table().await, db.query_table().await);
        let events = DynamoEventStore::new(db.client(), &event_table);
        shop::append_all(&events, commits).await;
        db.recorder().clear();
        let timeline = kinesis::EVENT_TABLE.to_owned();
        let table = QueryTable { client: db.client(), name: query_table.clone(), timeline };
        let tables = WrittenTables::only(table);
        let projector = projector_for::<P, _>(&Stores { events, tables, clock: StoppedClock::shared() });
        Self { db, letters: InMemoryDeadLetters::default(), query_table, projector }
    }

    pub(crate) async fn try_project(&self, batch: &Batch) -> (BatchResponse, Counters) {
        let deadline = Instant::now() + Duration::from_mins(1);
        self.projector.project(batch, &self.letters, deadline).await
    }

    /// Projects `batch` and checks that the projection reports no failed record.
    pub(crate) async fn project(&self, batch: &Batch) -> Counters {
        let (response, counters) = self.try_project(batch).await;
        assert_eq!(response, BatchResponse::default());
        counters
    }

    /// Projects a batch of `commits` and checks that the projection reports no failed record.
    pub(crate) async fn deliver<'a>(&self, commits: impl IntoIterator<Item = &'a Commit>) -> Counters {
        self.project(&kinesis::commits(commits)).await
    }

    /// Delivers `commits` in `batches` of their indexes, in sequence or concurrently. Returns the number of applied
    /// commits.
    pub(crate) async fn deliver_batches(
        &self,
        commits: &[Commit],
        batches: &[Vec<usize>],
        at_once: bool,
    ) -> u64 {
        let deliver =
            async |batch: &Vec<usize>| self.deliver(batch.iter().map(|index| &commits[*index])).await.applied;
        if at_once {
            return join_all(batches.iter().map(deliver)).await.into_iter().sum();
        }
        let mut applied = 0;
        for batch in batches {
            applied += deliver(batch).await;
        }
        applied
    }

    /// The requests since the last call, sorted by name.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut requests = self.db.recorder().requests();
        self.db.recorder().clear();
        requests.sort();
        requests
    }

    /// Checks the write units since the last call of `requests`.
    pub(crate) fn assert_units(&self, units: f64, of: &str) {
        let written = self.db.recorder().write_units();
        assert!((written - units).abs() < 0.1, "{written} units, not {units}, for {of}");
    }

    /// The error of the one dead letter.
    pub(crate) fn one_letter(&self) -> String {
        let letters = self.letters.take();
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0]["function"], P::NAME);
        letters[0]["error"].as_str().unwrap().to_owned()
    }
}

/// The sample batches of the projection `P` with their names.
pub(crate) fn samples<P: ViewProjection>() -> Vec<(String, Batch)> {
    kinesis::samples(P::NAME)
}

/// The sample batch of the projection `P` called `name`.
pub(crate) fn sample<P: ViewProjection>(name: &str) -> Batch {
    let found = samples::<P>().into_iter().find(|(found, _)| found == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).1
}

/// The commits in `batch`, which contains no other records.
pub(crate) fn commits(batch: &Batch) -> Vec<Commit> {
    let commit = |record| match decode(record, kinesis::EVENT_TABLE) {
        Content::Commit(commit) => *commit,
        other => panic!("{other:?}"),
    };
    batch.records.iter().map(commit).collect()
}

pub(crate) fn counters(records: u64, streams: u64, applied: u64) -> Counters {
    Counters { records, streams, applied, ..Counters::default() }
}

/// Generates batches with the indexes of the given number of commits. Each commit occurs at least once, in any
/// sequence.
pub(crate) fn batches(commits: usize) -> impl Strategy<Value = Vec<Vec<usize>>> {
    let again = prop::collection::vec(0..commits, 0..8);
    let all = again.prop_map(move |again| (0..commits).chain(again).collect::<Vec<_>>()).prop_shuffle();
    (all, 1..8_usize).prop_map(|(all, size)| all.chunks(size).map(<[_]>::to_vec).collect())
}

pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}
