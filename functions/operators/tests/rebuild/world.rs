//! The test world: an event table, two generations of the query table, and the rebuild function.

use std::num::NonZeroU32;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use event_store::DynamoEventStore;
use event_stream::BatchResponse;
use operators::Projections;
use operators::rebuild::{
    BuildReport, BuildState, CompareReport, Compared, Comparison, Continuation, RebuildJob, Settings,
};
use projection::{Registered, Stores, WrittenTables};
use projections::registry;
use shop_testing as shop;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::{DynamoParity, DynamoProgress, QueryTable};

pub(crate) struct World {
    pub(crate) db: LocalDynamoDb,
    pub(crate) events: DynamoEventStore,
    pub(crate) event_table: String,
    /// The table of the live generation, which the projections of the live stream have written.
    pub(crate) live: String,
}

impl World {
    /// A world with the shop's streams, whose live generation is up to date.
    pub(crate) async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let (event_table, live) = (db.event_table().await, db.query_table().await);
        let events = DynamoEventStore::new(db.client(), &event_table);
        let world = Self { db, events, event_table, live };
        shop::append_all(&world.events, &shop::commits()).await;
        world.deliver(&world.live, &shop::commits()).await;
        world
    }

    /// A new world and an empty table for another generation.
    pub(crate) async fn with_table() -> (Self, String) {
        let world = Self::new().await;
        let table = world.db.query_table().await;
        (world, table)
    }

    /// Projects `commits` into the views in `table`, as the live stream does.
    pub(crate) async fn deliver(&self, table: &str, commits: &[es_core::Commit]) {
        let replayed = self.projections(table).replay(commits, in_two_minutes()).await;
        assert_eq!(replayed.stopped, []);
    }

    /// Delivers the change records of `commits` in the event table `source` to every projection into `table`. Returns
    /// the errors of the dead letters.
    pub(crate) async fn deliver_records(
        &self,
        table: &str,
        source: &str,
        commits: &[es_core::Commit],
    ) -> Vec<String> {
        let (stores, letters) = (self.stores(table), InMemoryDeadLetters::default());
        let batch = kinesis::commits_of(source, commits);
        for registered in registry::all::<Registered<_>>() {
            let projection = (registered.connect)(&stores);
            let (response, _) = projection.project(&batch, &letters, in_two_minutes()).await;
            assert_eq!(response, BatchResponse::default(), "{}", registered.name);
        }
        letters.take().iter().map(|letter| letter["error"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn projections(&self, table: &str) -> Projections {
        Projections::with_stores(&self.stores(table))
    }

    fn stores(&self, table: &str) -> Stores<DynamoEventStore> {
        let (name, timeline) = (table.to_owned(), self.event_table.clone());
        let tables = WrittenTables::only(QueryTable { client: self.db.client(), name, timeline });
        Stores { events: self.events.clone(), tables, clock: StoppedClock::shared() }
    }

    /// The run of the rebuild of `table` with the number `run`.
    pub(crate) fn job(&self, table: &str, run: u64) -> RebuildJob<DynamoEventStore> {
        RebuildJob {
            events: self.events.clone(),
            projections: self.projections(table),
            progress: DynamoProgress::new(self.db.client(), table),
            run,
            settings: settings(),
        }
    }

    /// The comparison of `table` with the live generation.
    pub(crate) fn comparison(&self, table: &str) -> Comparison {
        Comparison { parity: self.parity(table, &self.live), pause: PAUSE }
    }

    /// The comparison of the tables `built` and `other`.
    pub(crate) fn parity(&self, built: &str, other: &str) -> DynamoParity {
        let counters = self.projections(built).counters();
        DynamoParity::new(self.db.client(), built, other, counters)
    }

    /// Replaces the event table by a new one, as a restore does. Returns the name of the old one.
    pub(crate) async fn use_new_event_table(&mut self) -> String {
        let restored = self.db.event_table().await;
        self.events = DynamoEventStore::new(self.db.client(), &restored);
        std::mem::replace(&mut self.event_table, restored)
    }

    /// Removes the timeline from an item of the live generation.
    pub(crate) async fn remove_timeline(&self, pk: &str, sk: &str) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update =
            self.db.client().update_item().table_name(&self.live).key("pk", text(pk)).key("sk", text(sk));
        let update =
            update.update_expression("REMOVE timeline").condition_expression("attribute_exists(timeline)");
        update.send().await.unwrap();
    }

    /// Runs the first run of the rebuild of `table` until it is finished.
    pub(crate) async fn build(&self, table: &str) -> BuildReport {
        self.build_again(table, 1).await
    }

    /// Runs the run with the number `run`.
    pub(crate) async fn build_again(&self, table: &str, run: u64) -> BuildReport {
        let report = self.job(table, run).run(in_two_minutes()).await.unwrap();
        assert_eq!((report.state, report.failures.as_slice()), (BuildState::Done, &[][..]));
        report
    }

    pub(crate) async fn compare(&self, table: &str) -> CompareReport {
        self.comparison(table).run(beginning(), in_two_minutes()).await.unwrap()
    }
}

/// The pause between two looks of a comparison.
pub(crate) const PAUSE: Duration = Duration::from_millis(1);

/// Three segments, and no limit of the speed that a test would feel.
pub(crate) fn settings() -> Settings {
    let number = |number| NonZeroU32::new(number).unwrap();
    Settings { segments: number(3), commits_per_second: number(1_000_000) }
}

/// The beginning of a comparison.
pub(crate) fn beginning() -> Continuation {
    Continuation::beginning(Compared::default())
}

pub(crate) fn in_two_minutes() -> Instant {
    Instant::now() + Duration::from_mins(2)
}
