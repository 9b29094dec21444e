//! Tests the redrive of batches whose records the stream no longer retains.

use std::iter::repeat_n;
use std::ops::RangeInclusive;
use std::time::Duration;

use es_core::{Commit, Timestamp};
use operators::redrive::RedriveOutcome;
use serde_json::{Value, json};
use shop_testing::{self as shop, confirmed, created, order, shipped, single_event_commits};
use testing::dynamodb::Fault;
use testing::kinesis;
use tokio::time::Instant;

use crate::world::{ORDERS, World, done, failure, reason};

const QUEUE: &str = "stream-failures";

/// `commits` with acceptance times `hours` later.
fn later(mut commits: Vec<Commit>, hours: u64) -> Vec<Commit> {
    for commit in &mut commits {
        let micros = i64::try_from(Duration::from_hours(hours).as_micros()).unwrap();
        commit.metadata.occurred_at =
            Timestamp::from_micros(commit.metadata.occurred_at.micros() + micros).unwrap();
    }
    commits
}

#[tokio::test]
async fn trimmed_records_are_replaced_from_the_event_table() {
    let then = single_event_commits(&order(1), &[created(), confirmed(), shipped()]);
    let product = single_event_commits(&shop::product(1), &[shop::registered()]);
    let much_later = later(single_event_commits(&order(2), &[created()]), 2);
    let world = World::with(&[then, product, much_later].concat()).await;
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 3, 2));
    assert_eq!(world.redrive(QUEUE).await, [done(4, 0, 0)]);
    assert_eq!(world.versions(&order(1)).await, [[3, 0, 0]; 2]);
    assert_eq!(world.versions(&order(2)).await, [[1, 0, 0]; 2], "the pass projects every commit");
    assert!(world.redrive.stream_failures.shown().is_empty());
}

#[tokio::test]
async fn a_partly_trimmed_batch_is_projected_completely() {
    let commits = single_event_commits(&order(1), &[created(), confirmed()]);
    let world = World::with(&commits).await;
    let mut retained = kinesis::commits(&commits);
    retained.records.remove(0);
    world.redrive.records.retain(retained);
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 1, 2));
    assert_eq!(world.redrive(QUEUE).await, [done(2, 0, 0)]);
}

/// The message about one batch of `records` records that arrived in the first minutes of the hour `hour` of 1970.
fn failure_at(hour: u32, records: usize) -> Value {
    let mut document = failure(ORDERS, 0, records - 1, 2);
    let arrival = format!("1970-01-{:02}T{:02}:02:00.000Z", 1 + hour / 24, hour % 24);
    for end in ["approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord"] {
        document["KinesisBatchInfo"][end] = arrival.clone().into();
    }
    document
}

/// Orders with one commit each, which was accepted at the hour `hour`. The views have all of them.
async fn world_with_unrelated(numbers: RangeInclusive<u128>, hour: u64, more: &[Commit]) -> World {
    let orders: Vec<_> = numbers.map(order).collect();
    let unrelated = orders.iter().flat_map(|order| single_event_commits(order, &[created()])).collect();
    let world = World::with(&[later(unrelated, hour), more.to_vec()].concat()).await;
    world.catch_up(&orders).await;
    world.db.recorder().clear();
    world
}

#[tokio::test]
async fn records_that_arrived_long_after_their_acceptance_are_projected() {
    for hour in [2, 26, 30 * 24] {
        let late = single_event_commits(&order(100), &[created()]);
        let world = world_with_unrelated(1..=50, u64::from(hour) - 1, &late).await;
        world.redrive.stream_failures.send(&failure_at(hour, 1));
        assert_eq!(world.redrive(QUEUE).await, [done(1, 50, 0)], "{hour} hours");
        let requests = world.db.recorder();
        assert_eq!(requests.count("UpdateItem"), 2, "one write for each generation");
        assert_eq!(requests.requests().len(), 1 + 2 + 2 + 2, "a page, a check, the writes, another check");
        assert_eq!(world.versions(&order(100)).await, [[1, 0, 0]; 2], "{hour} hours");
        assert!(world.redrive.stream_failures.shown().is_empty());
    }
}

#[tokio::test]
async fn a_page_that_the_views_have_is_not_written() {
    let world = world_with_unrelated(1..=60, 1, &[]).await;
    world.redrive.stream_failures.send(&failure_at(2, 60));
    assert_eq!(world.redrive(QUEUE).await, [done(0, 60, 0)]);
    assert_eq!(world.db.recorder().requests(), ["Scan", "BatchGetItem", "BatchGetItem"]);
}

#[tokio::test]
async fn a_view_that_only_one_generation_lacks_is_projected() {
    for generation in [0, 1] {
        let world = world_with_unrelated(1..=3, 1, &[]).await;
        world.remove_view(generation, &order(2)).await;
        world.redrive.stream_failures.send(&failure_at(2, 3));
        assert!(matches!(world.redrive(QUEUE).await[..], [RedriveOutcome::Done { .. }]));
        assert_eq!(world.versions(&order(2)).await, [[1; 3]; 2], "generation {generation}");
    }
}

#[tokio::test]
async fn a_pass_over_the_table_ends_even_a_batch_with_more_records() {
    let world = World::with(&single_event_commits(&order(1), &[created()])).await;
    world.redrive.stream_failures.send(&failure_at(0, 500));
    assert_eq!(world.redrive(QUEUE).await, [done(1, 0, 0)]);
    let world = World::with(&[]).await;
    world.redrive.stream_failures.send(&failure_at(0, 500));
    assert_eq!(world.redrive(QUEUE).await, [done(0, 0, 0)]);
    assert!(world.redrive.stream_failures.shown().is_empty());
}

#[tokio::test]
async fn an_interrupted_reread_continues_at_its_position() {
    let commits = single_event_commits(&order(1), &[created()]);
    let world = World::with(&commits).await;
    let mut document = failure(ORDERS, 0, 0, 2);
    let after = json!({"stream": order(1), "first": 1, "last": 1});
    document["redrive"] = json!({
        "number": 3,
        "reason": "the time was up before the end of the event table",
        "reread": {"projected_to": after},
    });
    world.redrive.stream_failures.send(&document);
    let request = serde_json::from_value(json!({"task": "redrive", "queue": QUEUE})).unwrap();
    world.redrive.answer(request, Instant::now()).await.unwrap();
    assert_eq!(world.redrive.stream_failures.shown(), [document], "no attempt began");
    assert_eq!(world.redrive(QUEUE).await, [done(0, 0, 0)], "the position is after the order's commits");
}

/// Messages of earlier releases: a cursor alone, and the cursor of a pass over the commits of some time or of all times.
#[tokio::test]
async fn a_message_of_an_earlier_release_is_read_from_the_beginning() {
    let place = json!({"stream": order(1), "first": 1, "last": 1});
    let pass = |pass: &str| json!({"pass": pass, "after": place, "found": 7, "set_aside": [order(2)]});
    for reread in [place.clone(), pass("by-time"), pass("whole-table")] {
        let world = World::with(&single_event_commits(&order(1), &[created()])).await;
        let mut document = failure("arn:aws:lambda:x:1:function:other", 0, 0, 2);
        document["redrive"] = json!({"number": 3, "reason": "the time was up", "reread": reread});
        world.redrive.stream_failures.send(&document);
        assert!(reason(&world.redrive(QUEUE).await[0]).contains("does not contain the function"));
        let mut document = world.redrive.stream_failures.shown().remove(0);
        assert_eq!(document["redrive"]["number"], 4);
        let remembered = reread.get("set_aside").map(|streams| json!({"set_aside": streams}));
        assert_eq!(document["redrive"]["reread"], remembered.unwrap_or_else(|| json!({})));
        document["requestContext"]["functionArn"] = ORDERS.into();
        world.redrive.stream_failures.clear();
        world.redrive.stream_failures.send(&document);
        assert_eq!(world.redrive(QUEUE).await, [done(1, 0, 0)], "{reread}");
    }
}

/// The first page takes seven requests: the scan, and for each generation a check, a write and another check.
const FIRST_PAGE: usize = 7;

#[tokio::test]
async fn a_failed_request_keeps_the_position() {
    let mut events = vec![confirmed(); 250];
    events[0] = created();
    let commits = single_event_commits(&order(1), &events);
    // The second page has the same requests. Each of them fails once: a read, a write or a check.
    for failed in FIRST_PAGE..2 * FIRST_PAGE {
        let world = World::with(&commits).await;
        world.redrive.stream_failures.send(&failure(ORDERS, 0, 249, 2));
        world.db.faults().script(repeat_n(Fault::None, failed).chain([Fault::Throttled]));
        assert!(reason(&world.redrive(QUEUE).await[0]).contains("throttled"), "request {failed}");
        let shown = world.redrive.stream_failures.shown();
        let after = json!({"stream": order(1), "first": 200, "last": 200});
        let expected = json!({"projected_to": after});
        assert_eq!(shown[0]["redrive"]["reread"], expected, "request {failed}");

        let RedriveOutcome::Done { applied, duplicates, .. } = world.redrive(QUEUE).await[0] else {
            panic!("the second attempt failed")
        };
        assert_eq!(
            applied + duplicates,
            50,
            "request {failed}: the second attempt reads the second page only"
        );
        assert_eq!(world.versions(&order(1)).await, [[250, 0, 0]; 2], "request {failed}");
    }
}

#[tokio::test]
async fn a_failure_before_the_event_table_is_read_keeps_the_position() {
    let world = World::with(&[]).await;
    let mut document = failure(ORDERS, 0, 0, 2);
    document["KinesisBatchInfo"]["shardId"] = "shardId-000000000009".into();
    let position = json!({"partition_key": "odd \u{fffe}", "sort_key": "-1.5", "last": 0});
    let reread = json!({"projected_to": position});
    document["redrive"] = json!({"number": 1, "reason": "throttled", "reread": reread});
    world.redrive.stream_failures.send(&document);
    assert!(reason(&world.redrive(QUEUE).await[0]).contains("no such shard"));
    assert_eq!(world.redrive.stream_failures.shown()[0]["redrive"]["reread"], reread);
}
