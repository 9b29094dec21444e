//! Which reads are strongly consistent. A read that a write or a decision depends on must be; a stale view that a query
//! returns does no harm and costs half as much.

use std::fmt::Debug;
use std::num::NonZeroU32;
use std::time::Duration;

use dynamo::{number, text};
use es_core::{StreamVersion, ViewWriter};
use testing::StoppedClock;
use testing::dynamodb::LocalDynamoDb;
use view_store::{
    CheckpointItem, ComparedTable, Consistency, DynamoCheckpoints, DynamoGenerations, DynamoParity,
    DynamoProgress, EmptiedTable, FoldedViews, ItemKey, KeyRange, KnownGenerations, ShardedCounters,
    SortedPartition, checkpoint_read, counter_shard, counter_sums, newest_checkpoint, read_view, view_key,
};

use crate::account::{AccountView, Accounts, key, stream};
use crate::folded::{Latest, deposits};

/// The reads of `work`, and those of them that are eventually consistent.
async fn reads<T, E: Debug>(
    db: &LocalDynamoDb,
    work: impl Future<Output = Result<T, E>>,
) -> (Vec<String>, Vec<String>) {
    db.recorder().clear();
    work.await.unwrap();
    let is_read = |operation: &String| !["UpdateItem", "BatchWriteItem"].contains(&operation.as_str());
    (db.recorder().requests().into_iter().filter(is_read).collect(), db.recorder().eventual_reads())
}

/// Asserts that `work` has the given reads and that each of them is strongly consistent.
async fn assert_strong<T, E: Debug>(
    db: &LocalDynamoDb,
    what: &str,
    expected: &[&str],
    work: impl Future<Output = Result<T, E>>,
) {
    let (all, eventual) = reads(db, work).await;
    assert_eq!(all, expected, "{what}");
    assert!(eventual.is_empty(), "{what} must be read strongly consistently: {eventual:?}");
}

/// Asserts that `work` has one eventually consistent read.
async fn assert_eventual<T, E: Debug>(
    db: &LocalDynamoDb,
    what: &str,
    expected: &str,
    work: impl Future<Output = Result<T, E>>,
) {
    let (all, eventual) = reads(db, work).await;
    assert_eq!((all, eventual), (vec![expected.to_owned()], vec![expected.to_owned()]), "{what}");
}

#[tokio::test]
async fn the_switch_and_the_progress_of_a_rebuild_are_read_strongly_consistently() {
    let db = LocalDynamoDb::start().await;
    let switch = DynamoGenerations::new(db.client(), db.operations_table().await);
    let known = KnownGenerations::new(switch.clone(), Duration::ZERO, StoppedClock::shared());
    assert_strong(&db, "the switch", &["GetItem"], switch.load()).await;
    assert_strong(&db, "what a function knows", &["GetItem"], known.current()).await;
    assert_strong(&db, "what a function refreshes", &["GetItem"], known.refresh()).await;
    let progress = DynamoProgress::new(db.client(), db.query_table().await);
    progress.plan(NonZeroU32::MIN, 1).await.unwrap();
    assert_strong(&db, "the checkpoints of the segments", &["Query"], progress.segments()).await;
    assert_strong(&db, "the last run", &["Query"], progress.last_run()).await;
}

#[tokio::test]
async fn checkpoints_are_read_strongly_consistently() {
    let accounts = Accounts::new().await;
    let (db, table) = (&accounts.db, &accounts.views.table);
    accounts.apply(1, Some(5), (0, 1)).await.unwrap();
    let checkpoints = DynamoCheckpoints::new(db.client(), table.name());
    let at = [key(1).into()];
    assert_strong(db, "a checkpoint", &["BatchGetItem"], checkpoints.versions(&at)).await;
    let newest = [CheckpointItem::Newest { pk: "account#1".to_owned(), prefix: "line#" }];
    assert_strong(db, "a newest item", &["Query"], checkpoints.versions(&newest)).await;
    let newest = newest_checkpoint(table, "account#1", "line#", "projection");
    assert_strong(db, "a writer's newest item", &["Query"], newest).await;
    let keys = [key(1).attributes()];
    let read = async { table.call().get_items(&keys, &checkpoint_read()).await };
    assert_strong(db, "a writer's checkpoints", &["BatchGetItem"], read).await;
    let folded = FoldedViews::new(db.client(), table.name());
    let (stream, fold) = (stream(1), deposits::<Latest>(0, &[1]));
    let apply = folded.apply(&stream, &fold, StreamVersion::NONE, StreamVersion::new(1));
    assert_strong(db, "a view to fold", &["GetItem"], apply).await;
}

#[tokio::test]
async fn generations_are_compared_and_emptied_strongly_consistently() {
    const COUNTERS: ShardedCounters = ShardedCounters {
        prefix: "count#",
        shards: 2,
        first: || "count#branches".to_owned(),
        further: |branch| Some(format!("count#branch#{branch}")),
    };
    let accounts = Accounts::new().await;
    let (db, built) = (&accounts.db, accounts.views.table.name());
    accounts.apply(1, Some(5), (0, 1)).await.unwrap();
    let ItemKey { pk, sk } = counter_shard("count#branches", "north", 1);
    db.set(built, (&pk, text(&sk)), "accounts", number(1)).await;
    let parity = DynamoParity::new(db.client(), built, db.query_table().await, vec![COUNTERS]);
    for generation in [ComparedTable::Built, ComparedTable::Other] {
        let expected: &[&str] = match generation {
            ComparedTable::Built => &["Scan", "BatchGetItem"],
            ComparedTable::Other => &["Scan"],
        };
        assert_strong(db, "a page of both generations", expected, parity.page(generation, None)).await;
    }
    let keys = [key(1)];
    assert_strong(db, "items of both generations", &["BatchGetItem"; 2], parity.differences(&keys)).await;
    let partitions = parity.counter_partitions(None);
    assert_strong(db, "partitions of both generations", &["Query"; 2], partitions).await;
    let partitions = parity.counter_partitions(None).await.unwrap();
    let counters = parity.counters(&partitions[0]);
    assert_strong(db, "counters of both generations", &["Query"; 2], counters).await;
    let differing = parity.counters(&partitions[0]).await.unwrap().differing;
    let differences = parity.counter_differences(&differing);
    assert_strong(db, "shards of both generations", &["BatchGetItem"; 2], differences).await;
    let emptied = EmptiedTable::new(db.client(), built);
    assert_strong(db, "a page of a table to empty", &["Scan"], emptied.page(None)).await;
}

#[tokio::test]
async fn queries_read_eventually_consistently_unless_they_ask_for_more() {
    let accounts = Accounts::new().await;
    let (db, table, stream) = (&accounts.db, &accounts.views.table, stream(1));
    assert_eventual(db, "a view", "GetItem", accounts.views.get(&stream)).await;
    let view =
        |consistency| read_view(table, &stream, view_key::<AccountView>(&stream), consistency, "query");
    assert_eventual(db, "an item", "GetItem", view(Consistency::Eventual)).await;
    assert_strong(db, "an item on request", &["GetItem"], view(Consistency::Strong)).await;
    let sums = |consistency| counter_sums(table, vec!["count".to_owned()], (" ", "~"), consistency, "query");
    assert_eventual(db, "counters", "Query", sums(Consistency::Eventual)).await;
    assert_strong(db, "counters on request", &["Query"], sums(Consistency::Strong)).await;
    let key = "owner#1".to_owned();
    let list = SortedPartition { index: None, partition_attribute: "pk", sort_attribute: "sk", key };
    let page = list.query(table, &KeyRange::new(None, None, None).unwrap(), 3);
    assert_eventual(db, "a list", "Query", async { table.call().send(page.send()).await }).await;
}
