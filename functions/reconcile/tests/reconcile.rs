//! Views held against their streams, over a DynamoDB in process.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Commit, StreamVersion, Timestamp};
use event_store::DynamoEventStore;
use rebuild::Projections;
use reconcile::{GRACE, Mismatch, Reconcile, ReconcileError, ReconcileReport};
use serde::de::IgnoredAny;
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::shop::{self, cancelled, confirmed, created, life, order, product, shipped};
use tokio::time::Instant;
use view_store::DynamoCheckpoints;

struct World {
    db: LocalDynamoDb,
    reconcile: Reconcile<DynamoEventStore>,
    query_table: String,
}

impl World {
    /// The shop's streams, all of them in the views.
    async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let (events, query_table) =
            (DynamoEventStore::new(db.client(), db.event_table().await), db.query_table().await);
        let checkpoints = DynamoCheckpoints::new(db.client(), &query_table);
        let world = Self { db, reconcile: Reconcile { events, checkpoints }, query_table };
        world.append(&shop::commits()).await;
        world.project(&shop::commits()).await;
        world
    }

    async fn append(&self, commits: &[Commit]) {
        shop::append_all(&self.reconcile.events, commits).await;
    }

    async fn project(&self, commits: &[Commit]) {
        let tables = [self.query_table.clone()];
        let projections = Projections::new(&self.reconcile.events, &self.db.client(), &tables);
        let replayed = projections.replay(commits, Instant::now() + Duration::from_mins(1)).await;
        assert_eq!(replayed.left, []);
    }

    async fn run(&self) -> ReconcileReport {
        self.reconcile.run().await.unwrap()
    }

    /// Sets the version of an item of the query table.
    async fn set_version(&self, pk: String, sk: &str, version: u64) {
        let update = self.db.client().update_item().table_name(&self.query_table);
        update
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .update_expression("SET version = :version")
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .send()
            .await
            .unwrap();
    }
}

/// `commit`, accepted so long ago.
fn ago(mut commit: Commit, ago: Duration) -> Commit {
    commit.metadata.occurred_at = Timestamp::from(SystemTime::now().checked_sub(ago).unwrap());
    commit
}

fn mismatch(projection: &'static str, view: u64, expected: u64) -> Mismatch {
    let version = StreamVersion::new;
    Mismatch { stream: order(1), projection, view: version(view), expected: version(expected) }
}

#[tokio::test]
async fn views_that_are_right_are_counted_and_nothing_else() {
    let world = World::new().await;
    world.db.recorder().clear();
    let report = world.run().await;
    assert_eq!((report.mismatched, report.mismatches), (0, Vec::new()));
    assert!(report.sampled >= 5, "{} views, each place has one at least", report.sampled);
    let requests = world.db.recorder().requests();
    assert!(requests.len() <= 5 * 8, "{requests:?}");
    assert!(requests.iter().all(|request| ["Scan", "BatchGetItem", "Query"].contains(&request.as_str())));
}

#[tokio::test]
async fn a_view_that_is_behind_is_told_whichever_it_is() {
    let orders = format!("order#{}", order(1).uuid());
    for (sk, projection) in [
        ("view", "order-projection"),
        ("checkpoint#history-projection", "history-projection"),
        ("checkpoint#analytics-projection", "analytics-projection"),
    ] {
        let world = World::new().await;
        world.set_version(orders.clone(), sk, 2).await;
        assert_eq!(found(&world).await.mismatches, [mismatch(projection, 2, 3)]);
    }
    let world = World::new().await;
    world.set_version(format!("product#{}", product(1).uuid()), "view", 1).await;
    let found = found(&world).await.mismatches;
    assert_eq!((found[0].stream.clone(), found[0].projection), (product(1), "product-projection"));
}

#[tokio::test]
async fn a_view_that_is_missing_is_at_version_0() {
    let world = World::new().await;
    let lost = life(&order(1), &[created(), confirmed(), shipped(), cancelled()]);
    world.append(&lost[3..]).await;
    let key = |text: String| AttributeValue::S(text);
    let delete = world.db.client().delete_item().table_name(&world.query_table);
    let delete =
        delete.key("pk", key(format!("order#{}", order(1).uuid()))).key("sk", key("view".to_owned()));
    delete.send().await.unwrap();
    let found = found(&world).await;
    assert!(found.mismatches.contains(&mismatch("order-projection", 0, 4)), "{found:?}");
    assert!(found.mismatches.contains(&mismatch("history-projection", 3, 4)), "{found:?}");
}

#[tokio::test]
async fn what_was_accepted_a_moment_ago_may_be_on_its_way() {
    let world = World::new().await;
    world.append(&[ago(shop::commit(&order(1), 4, vec![cancelled()]), Duration::from_secs(1))]).await;
    for _ in 0..8 {
        assert_eq!(world.run().await.mismatches, []);
    }
    let world = World::new().await;
    let overdue = ago(shop::commit(&order(1), 4, vec![cancelled()]), GRACE + Duration::from_secs(10));
    world.append(&[overdue]).await;
    assert!(found(&world).await.mismatches.contains(&mismatch("order-projection", 3, 4)));
}

#[tokio::test]
async fn a_view_ahead_of_its_stream_is_told() {
    let world = World::new().await;
    world.set_version(format!("order#{}", order(1).uuid()), "view", 9).await;
    assert_eq!(found(&world).await.mismatches, [mismatch("order-projection", 9, 3)]);
}

#[tokio::test]
async fn a_stream_that_reaches_beyond_the_sample_is_not_behind_its_view() {
    let world = World::new().await;
    let mut events = vec![confirmed(); 130];
    events[0] = created();
    let long = life(&order(7), &events);
    world.append(&long).await;
    world.project(&long).await;
    for _ in 0..8 {
        assert_eq!(world.run().await.mismatches, []);
    }
}

#[tokio::test]
async fn an_empty_table_has_nothing_to_look_at() {
    let db = LocalDynamoDb::start().await;
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    let checkpoints = DynamoCheckpoints::new(db.client(), db.query_table().await);
    let report = Reconcile { events, checkpoints }.run().await.unwrap();
    assert_eq!(report, ReconcileReport::default());
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_an_error_and_no_mismatch() {
    let world = World::new().await;
    world.db.faults().script([Fault::Throttled]);
    assert!(matches!(world.reconcile.run().await, Err(ReconcileError::Events(_))));
}

#[test]
fn every_sample_is_taken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/reconcile");
    let samples = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let taken = samples.map(|sample| serde_json::from_slice::<IgnoredAny>(&sample).unwrap());
    assert_eq!(taken.count(), 2);
}

/// The first run that comes upon a mismatch: where it looks is by chance.
async fn found(world: &World) -> ReconcileReport {
    for _ in 0..200 {
        let report = world.run().await;
        if report.mismatched > 0 {
            return report;
        }
    }
    panic!("no run came upon it")
}
