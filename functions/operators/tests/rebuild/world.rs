//! The test world: an event table, two generations of the query table, and the rebuild function.

use std::num::NonZeroU32;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use event_store::DynamoEventStore;
use operators::Projections;
use operators::rebuild::{
    BuildReport, BuildState, CompareReport, Comparison, RebuildJob, RebuildOperator, RebuildReport,
    RebuildRequest, Settings,
};
use projection::Stores;
use shop_testing as shop;
use testing::StoppedClock;
use testing::dynamodb::LocalDynamoDb;
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

    pub(crate) fn projections(&self, table: &str) -> Projections {
        let (name, timeline) = (table.to_owned(), self.event_table.clone());
        let tables = (QueryTable { client: self.db.client(), name, timeline }, None);
        Projections::with_stores(&Stores {
            events: self.events.clone(),
            tables,
            clock: StoppedClock::shared(),
        })
    }

    /// The function that builds `table`.
    pub(crate) fn operator(&self, table: &str) -> RebuildOperator<DynamoEventStore> {
        let number = |number| NonZeroU32::new(number).unwrap();
        let settings = Settings { segments: number(3), commits_per_second: number(1_000_000) };
        let build = RebuildJob {
            events: self.events.clone(),
            projections: self.projections(table),
            progress: DynamoProgress::new(self.db.client(), table),
            settings,
        };
        let parity = self.parity(table, &self.live);
        RebuildOperator { build, comparison: Comparison { parity, pause: Duration::from_millis(1) } }
    }

    /// The comparison of the tables `built` and `other`.
    pub(crate) fn parity(&self, built: &str, other: &str) -> DynamoParity {
        let counters = self.projections(built).counters();
        DynamoParity::new(self.db.client(), built, other, counters)
    }

    /// Replaces the event table by a new one, as a restore does.
    pub(crate) async fn use_new_event_table(&mut self) {
        self.event_table = self.db.event_table().await;
        self.events = DynamoEventStore::new(self.db.client(), &self.event_table);
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

    /// Runs the rebuild of `table` until it is finished.
    pub(crate) async fn build(&self, table: &str) -> BuildReport {
        let report = self.operator(table).build.run(in_two_minutes()).await.unwrap();
        assert_eq!((report.state, report.failures.as_slice()), (BuildState::Done, &[][..]));
        report
    }

    pub(crate) async fn compare(&self, table: &str) -> CompareReport {
        match self
            .operator(table)
            .answer(RebuildRequest::Compare { from: None }, in_two_minutes())
            .await
            .unwrap()
        {
            RebuildReport::Compare(report) => report,
            RebuildReport::Build(report) => panic!("{report:?}"),
        }
    }
}

pub(crate) fn in_two_minutes() -> Instant {
    Instant::now() + Duration::from_mins(2)
}
