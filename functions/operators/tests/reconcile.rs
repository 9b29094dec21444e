//! Tests the comparison of views with their streams on an in-process DynamoDB.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails when its setup fails")]

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Commit, StreamId, StreamVersion, Timestamp};
use event_store::DynamoEventStore;
use operators::Projections;
use operators::reconcile::{GRACE, Mismatch, Reconcile, ReconcileError, ReconcileReport};
use projection::{ProjectionFacts, Stores, WrittenTables};
use projections::registry;
use serde::de::IgnoredAny;
use shop_testing::{
    self as shop, cancelled, commits_of, confirmed, created, order, product, shipped, single_event_commits,
};
use testing::StoppedClock;
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::kinesis::samples;
use tokio::time::Instant;
use view_store::{
    CheckpointItem, DynamoGenerations, GenerationNames, KnownGenerations, QueryTable, QueryTables,
};

struct World {
    db: LocalDynamoDb,
    reconcile: Reconcile<DynamoEventStore>,
    event_table: String,
    query_table: String,
}

impl World {
    /// A world with the shop's streams, whose views are up to date.
    async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let (event_table, query_table) = (db.event_table().await, db.query_table().await);
        let events = DynamoEventStore::new(db.client(), &event_table);
        let reconcile = reconcile(&db, events, &query_table).await;
        let world = Self { db, reconcile, event_table, query_table };
        world.append(&shop::commits()).await;
        world.project(&shop::commits()).await;
        world
    }

    async fn append(&self, commits: &[Commit]) {
        shop::append_all(&self.reconcile.events, commits).await;
    }

    async fn project(&self, commits: &[Commit]) {
        let (name, timeline) = (self.query_table.clone(), "events".to_owned());
        let tables = WrittenTables::only(QueryTable { client: self.db.client(), name, timeline });
        let (events, clock) = (self.reconcile.events.clone(), StoppedClock::shared());
        let projections = Projections::with_stores(&Stores { events, tables, clock });
        let replayed = projections.replay(commits, Instant::now() + Duration::from_mins(1)).await;
        assert_eq!(replayed.stopped, []);
    }

    async fn run(&self) -> ReconcileReport {
        self.reconcile.run().await.unwrap()
    }

    /// Sets the version of an item of the query table.
    async fn set_version(&self, pk: String, sk: &str, version: u64) {
        let key = (&*pk, AttributeValue::S(sk.to_owned()));
        self.db.set(&self.query_table, key, "version", AttributeValue::N(version.to_string())).await;
    }
}

/// The function whose live generation is `table`. It knows that already.
async fn reconcile(db: &LocalDynamoDb, events: DynamoEventStore, table: &str) -> Reconcile<DynamoEventStore> {
    let (client, clock) = (db.client(), StoppedClock::shared());
    let switch = DynamoGenerations::new(client.clone(), db.operations_table().await);
    let known = KnownGenerations::new(switch, Duration::from_mins(10), StoppedClock::shared());
    known.refresh().await.unwrap();
    let tables = QueryTables {
        names: GenerationNames { blue: table.to_owned(), green: "not live".to_owned() },
        known,
    };
    Reconcile { events, client, tables, projections: registry::all(), followers: Vec::new(), clock }
}

/// `commit` with an acceptance time that lies `ago` before the stopped clock's time.
fn accepted_before(mut commit: Commit, ago: Duration) -> Commit {
    let micros = StoppedClock::shared().now().micros() - i64::try_from(ago.as_micros()).unwrap();
    commit.metadata.occurred_at = Timestamp::from_micros(micros).unwrap();
    commit
}

fn mismatch(projection: &'static str, view: u64, expected: u64) -> Mismatch {
    let version = StreamVersion::new;
    Mismatch { stream: order(1), projection, view: version(view), expected: version(expected) }
}

#[tokio::test]
async fn views_that_match_their_streams_are_only_counted() {
    let world = World::new().await;
    world.db.recorder().clear();
    let report = world.run().await;
    assert_eq!((report.mismatched, report.mismatches), (0, Vec::new()));
    assert!(report.sampled >= 5, "{} views, but each of the five positions has at least one", report.sampled);
    let requests = world.db.recorder().requests();
    assert!(requests.len() <= 5 * 8, "{requests:?}");
    assert!(requests.iter().all(|request| ["Scan", "BatchGetItem", "Query"].contains(&request.as_str())));
}

#[tokio::test]
async fn only_a_position_behind_the_last_item_is_read_again_from_the_beginning() {
    let world = World::new().await;
    world.db.recorder().clear();
    for _ in 0..4 {
        world.run().await;
    }
    let scans = world.db.recorder().count("Scan");
    assert!((20..40).contains(&scans), "{scans} scans of 20 positions");
}

#[tokio::test]
async fn a_report_counts_all_mismatches_and_lists_the_first_twenty() {
    let world = World::new().await;
    let behind: Vec<_> = (100..130).map(|number| shop::commit(&order(number), 1, vec![created()])).collect();
    world.append(&behind).await;
    for _ in 0..200 {
        let report = world.run().await;
        if report.mismatched >= 30 {
            assert_eq!(report.mismatches.len(), 20);
            return;
        }
    }
    panic!("no run found all mismatches")
}

#[tokio::test]
async fn every_kind_of_view_that_is_behind_is_reported() {
    let mut of_orders = registry::all::<ProjectionFacts>();
    of_orders.retain(|facts| facts.category == *order(1).category());
    assert!(of_orders.len() > 1);
    for ProjectionFacts { name, checkpoint, .. } in of_orders {
        let world = World::new().await;
        match checkpoint(&order(1)) {
            CheckpointItem::At(key) => world.set_version(key.pk, &key.sk, 2).await,
            newest @ CheckpointItem::Newest { .. } => {
                let key = newest.key_at(StreamVersion::new(3));
                world.db.remove(&world.query_table, (&key.pk, &key.sk)).await;
            }
        }
        assert_eq!(found(&world).await.mismatches, [mismatch(name, 2, 3)]);
    }
    let world = World::new().await;
    world.set_version(format!("product#{}", product(1).uuid()), "view", 1).await;
    let found = found(&world).await.mismatches;
    assert_eq!((found[0].stream.clone(), found[0].projection), (product(1), "product-projection"));
}

#[tokio::test]
async fn a_missing_view_is_reported_at_version_0() {
    let world = World::new().await;
    let lost = single_event_commits(&order(1), &[created(), confirmed(), shipped(), cancelled()]);
    world.append(&lost[3..]).await;
    world.db.remove(&world.query_table, (&format!("order#{}", order(1).uuid()), "view")).await;
    let found = found(&world).await;
    assert!(found.mismatches.contains(&mismatch("order-projection", 0, 4)), "{found:?}");
    assert!(found.mismatches.contains(&mismatch("history-projection", 3, 4)), "{found:?}");
}

#[tokio::test]
async fn a_recent_commit_may_be_missing_from_the_views() {
    let world = World::new().await;
    world
        .append(&[accepted_before(shop::commit(&order(1), 4, vec![cancelled()]), Duration::from_secs(1))])
        .await;
    for _ in 0..8 {
        assert_eq!(world.run().await.mismatches, []);
    }
    let world = World::new().await;
    let overdue =
        accepted_before(shop::commit(&order(1), 4, vec![cancelled()]), GRACE + Duration::from_secs(10));
    world.append(&[overdue]).await;
    assert!(found(&world).await.mismatches.contains(&mismatch("order-projection", 3, 4)));
}

#[tokio::test]
async fn a_view_ahead_of_its_stream_is_reported() {
    let world = World::new().await;
    world.set_version(format!("order#{}", order(1).uuid()), "view", 9).await;
    assert_eq!(found(&world).await.mismatches, [mismatch("order-projection", 9, 3)]);
}

#[tokio::test]
async fn a_stream_longer_than_the_sample_is_no_mismatch() {
    let mut events = vec![confirmed(); 260];
    events[0] = created();
    for size in [1, 2] {
        let world = World::new().await;
        let long = commits_of(&order(7), size, &events);
        world.append(&long).await;
        world.project(&long).await;
        for _ in 0..8 {
            assert_eq!(world.run().await.mismatches, [], "{size} events in a commit");
        }
    }
}

#[tokio::test]
async fn the_view_of_a_stream_whose_end_is_not_read_is_no_mismatch() {
    let world = World::new().await;
    let mut events = vec![confirmed(); 650];
    events[0] = created();
    world.append(&single_event_commits(&order(7), &events)).await;
    world.set_version(format!("order#{}", order(7).uuid()), "view", 650).await;
    for _ in 0..8 {
        let mut mismatches = world.run().await.mismatches;
        mismatches.retain(|mismatch| mismatch.projection == "order-projection");
        assert_eq!(mismatches, []);
    }
}

#[tokio::test]
async fn an_empty_table_has_no_samples() {
    let db = LocalDynamoDb::start().await;
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    let report = reconcile(&db, events, &db.query_table().await).await.run().await.unwrap();
    assert_eq!(report, ReconcileReport::default());
}

#[tokio::test]
async fn an_unreadable_table_is_an_error_and_no_mismatch() {
    let world = World::new().await;
    world.db.faults().script([Fault::Throttled]);
    assert!(matches!(world.reconcile.run().await, Err(ReconcileError::Events(_))));
}

/// Overwrites the events of an item of the event table, or makes an item without any other attribute.
async fn overwrite(world: &World, stream: &StreamId, version: u64) {
    let key = (&*stream.to_string(), AttributeValue::N(version.to_string()));
    world.db.set(&world.event_table, key, "events", AttributeValue::S("nonsense".to_owned())).await;
}

/// Repeats the run until it finds an unreadable item, because each run samples random positions.
async fn found_unreadable(world: &World) -> ReconcileReport {
    for _ in 0..200 {
        let report = world.run().await;
        if report.unreadable > 0 {
            return report;
        }
    }
    panic!("no run found the item")
}

#[tokio::test]
async fn items_that_are_not_commits_are_counted_and_the_other_views_compared() {
    let world = World::new().await;
    overwrite(&world, &order(9), 1).await;
    let report = found_unreadable(&world).await;
    assert_eq!(report.mismatches, []);
    assert!(report.unreadable <= 5, "an item counts once at each position: {report:?}");
    assert!(report.sampled > 0, "{report:?}");
}

#[tokio::test]
async fn a_view_that_has_an_item_damaged_later_is_no_mismatch() {
    let world = World::new().await;
    overwrite(&world, &order(1), 3).await;
    let report = found_unreadable(&world).await;
    assert_eq!(report.mismatches, [], "nobody can say which version the stream has");
}

#[test]
fn every_sample_is_accepted() {
    assert_eq!(samples::<IgnoredAny>("reconcile").len(), 2);
}

/// Repeats the run until it finds a mismatch, because each run samples random positions.
async fn found(world: &World) -> ReconcileReport {
    for _ in 0..200 {
        let report = world.run().await;
        if report.mismatched > 0 {
            return report;
        }
    }
    panic!("no run found the mismatch")
}

#[tokio::test]
async fn a_follower_that_is_behind_is_reported_and_one_that_has_not_begun_is_not() {
    let mut world = World::new().await;
    let (name, timeline) = (world.query_table.clone(), "events".to_owned());
    let table = QueryTable { client: world.db.client(), name, timeline };
    world.reconcile.followers.push(publication::facts(table));
    assert_eq!(world.run().await.mismatches, []);
    world.set_version(order(1).to_string(), "published", 2).await;
    assert_eq!(found(&world).await.mismatches, [mismatch(publication::NAME, 2, 3)]);
}
