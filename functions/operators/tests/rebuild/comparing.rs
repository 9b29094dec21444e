//! Tests which differences a comparison reports, and which it ignores.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use operators::rebuild::{CompareState, Continuation};
use shop_testing::{self as shop, append_all, confirmed, order};
use testing::dynamodb::Fault;
use tokio::time::{Instant, timeout};
use view_store::{ComparedTable, CounterPosition, Difference, ItemKey, ParityCursor, counter_shard};

use crate::world::{World, beginning, in_two_minutes};

fn view() -> ItemKey {
    ItemKey { pk: format!("order#{}", order(1).uuid()), sk: "view".to_owned() }
}

async fn built() -> (World, String) {
    let (world, built) = World::with_table().await;
    world.build(&built).await;
    (world, built)
}

async fn set(world: &World, table: &str, key: &ItemKey, name: &str, value: AttributeValue) {
    world.db.set(table, (&key.pk, AttributeValue::S(key.sk.clone())), name, value).await;
}

#[tokio::test]
async fn a_difference_names_the_attribute_but_not_its_value() {
    let (world, built) = built().await;
    set(&world, &built, &view(), "carrier", AttributeValue::S("nobody".to_owned())).await;
    let report = world.compare(&built).await;
    assert_eq!((report.state, report.different), (CompareState::Different, 1));
    let attributes = BTreeSet::from(["carrier".to_owned()]);
    assert_eq!(report.differences, [Difference::Attributes { key: view(), attributes }]);
    let json = serde_json::to_value(&report.differences).unwrap();
    assert_eq!(json[0]["difference"], "attributes");
    assert_eq!(json[0]["pk"], view().pk.as_str());
}

#[tokio::test]
async fn an_item_missing_from_either_generation_is_found() {
    let (world, built) = built().await;
    world.db.remove(&built, (&view().pk, &view().sk)).await;
    let report = world.compare(&built).await;
    assert_eq!(report.differences, [Difference::MissingInBuilt(view())]);
    world.db.remove(&world.live, (&view().pk, &view().sk)).await;
    assert_eq!(world.compare(&built).await.state, CompareState::Equal);
    set(&world, &built, &view(), "carrier", AttributeValue::S("DHL".to_owned())).await;
    assert_eq!(world.compare(&built).await.differences, [Difference::MissingInOther(view())]);
}

#[tokio::test]
async fn counters_are_compared_by_their_sums() {
    let (world, built) = built().await;
    let before = world.compare(&built).await.compared;
    let counter = |shard| counter_shard("analytics#daily", "1970-01-01#EUR", shard);
    let number = |number: i64| AttributeValue::N(number.to_string());
    for (shard, orders) in [(0, 5), (1, -4), (2, 0), (3, 0)] {
        set(&world, &built, &counter(shard), "pending_orders", number(orders)).await;
        set(&world, &built, &counter(shard), "pending_revenue_cents", number(orders * 5_000)).await;
    }
    assert_eq!(
        world.compare(&built).await.state,
        CompareState::Equal,
        "the sum is one pending order, and the distribution over the shards does not matter"
    );
    set(&world, &built, &counter(3), "pending_orders", number(1)).await;
    let report = world.compare(&built).await;
    let key = ItemKey::new("analytics#daily", "1970-01-01#EUR");
    let attributes = BTreeSet::from(["pending_orders".to_owned()]);
    assert_eq!(report.differences, [Difference::Attributes { key, attributes }]);
    let another = counter_shard("analytics#daily", "1970-01-01#CHF", 0);
    set(&world, &built, &another, "pending_orders", number(1)).await;
    assert_eq!(world.compare(&built).await.compared, before + 1, "each counter counts");
}

#[tokio::test]
async fn a_commit_that_arrives_during_the_comparison_is_no_difference() {
    let (world, built) = built().await;
    let later = [shop::commit(&order(3), 2, vec![confirmed()])];
    append_all(&world.events, &later).await;
    world.deliver(&world.live, &later).await;
    let compared = world.compare(&built);
    let delivered = async {
        while world.db.recorder().count("BatchGetItem") < 3 {
            tokio::task::yield_now().await;
        }
        world.deliver(&built, &later).await;
    };
    world.db.recorder().clear();
    let (report, ()) = tokio::join!(compared, delivered);
    assert_eq!((report.state, report.different), (CompareState::Equal, 0));
}

#[tokio::test]
async fn an_unfinished_comparison_continues() {
    let (world, built) = built().await;
    let comparison = world.comparison(&built);
    let report = comparison.run(beginning(), Instant::now() + Duration::from_secs(1)).await.unwrap();
    assert_eq!((report.state, report.compared), (CompareState::Unfinished, 0));
    assert_eq!(report.next, Some(beginning()));
    let from = |compared, different| {
        let at = ParityCursor::Items { generation: ComparedTable::Other, after: None };
        Continuation { at, compared, different, ..beginning() }
    };
    let rest = comparison.run(from(0, 0), in_two_minutes()).await.unwrap();
    let whole = world.compare(&built).await;
    assert_eq!((rest.state, whole.state), (CompareState::Equal, CompareState::Equal));
    assert!(rest.compared < whole.compared);
    let after_another = comparison.run(from(7, 1), in_two_minutes()).await.unwrap();
    assert_eq!(
        (after_another.state, after_another.different),
        (CompareState::Different, 1),
        "the result covers the earlier invocations"
    );
    assert_eq!(after_another.compared, rest.compared + 7);
}

#[tokio::test(start_paused = true)]
async fn a_comparison_of_counters_stops_before_a_partition_and_continues_with_it() {
    let (world, built) = built().await;
    let counter = counter_shard("analytics#daily", "1970-01-01#EUR", 0);
    set(&world, &built, &counter, "pending_orders", AttributeValue::N("100".to_owned())).await;
    let comparison = world.comparison(&built);
    let after = |partition: Option<&str>| {
        let counters = CounterPosition { after: partition.map(str::to_owned) };
        ParityCursor::Counters { counters }
    };
    let from = Continuation { at: after(None), ..beginning() };
    let whole = comparison.run(from.clone(), in_two_minutes()).await.unwrap();
    // The names of the partitions take two requests. The first partition takes the next two, and one of them hangs.
    world.db.faults().script([Fault::None, Fault::None, Fault::Delayed(Duration::from_secs(10))]);
    let part = comparison.run(from, Instant::now() + Duration::from_secs(25)).await.unwrap();
    assert_eq!((part.state, part.different), (CompareState::Unfinished, 1));
    let next = part.next.unwrap();
    assert_eq!(next.at, after(Some("analytics#daily")));
    let rest = comparison.run(next, in_two_minutes()).await.unwrap();
    assert_eq!((rest.state, rest.different, rest.compared), (CompareState::Different, 1, whole.compared));
    assert!(part.compared < whole.compared, "no other partition has counters");
}

/// Writes `number` items that no other generation has.
async fn fill(world: &World, table: &str, number: u32) {
    let items: Vec<_> = (0..number)
        .map(|number| {
            let text = |text: String| AttributeValue::S(text);
            let put = PutRequest::builder().item("pk", text(format!("order#{number}")));
            let put = put.item("sk", text("view".to_owned())).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        })
        .collect();
    for batch in items.chunks(25) {
        let write = world.db.client().batch_write_item().request_items(table, batch.to_vec());
        write.send().await.unwrap();
    }
}

#[tokio::test]
async fn many_differences_are_read_again_once_after_the_list_is_full() {
    let (world, built) = built().await;
    fill(&world, &built, 1_600).await;
    let counter = counter_shard("analytics#daily", "1970-01-01#EUR", 0);
    set(&world, &built, &counter, "pending_orders", AttributeValue::N("100".to_owned())).await;
    world.db.recorder().clear();
    let report = world.compare(&built).await;
    assert_eq!(
        (report.state, report.different, report.differences.len()),
        (CompareState::Different, 1_601, 20)
    );
    // Each page of a generation is looked up with one request.
    let again = world.db.recorder().count("BatchGetItem") - world.db.recorder().count("Scan");
    // The first 500 to 599 items are read sixteen times, in up to six requests to each table. The further 1,100 items and
    // the counter are read once.
    assert!((16 * 10..16 * 12 + 40).contains(&again), "{again} requests");
}

#[tokio::test]
async fn no_look_begins_that_would_end_after_the_deadline() {
    let (world, built) = built().await;
    set(&world, &built, &view(), "carrier", AttributeValue::S("nobody".to_owned())).await;
    let mut comparison = world.comparison(&built);
    // The last look must end two seconds before the deadline.
    comparison.pause = Duration::from_secs(58);
    let deadline = Instant::now() + Duration::from_mins(1);
    let compared = timeout(Duration::from_secs(30), comparison.run(beginning(), deadline)).await;
    let report = compared.expect("it does not wait for a second look").unwrap();
    assert_eq!((report.state, report.different), (CompareState::Different, 1));
}
