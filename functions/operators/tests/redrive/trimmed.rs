//! Tests the redrive of batches whose records the stream no longer retains.

use std::time::Duration;

use es_core::{Commit, Timestamp};
use serde_json::json;
use shop_testing::{self as shop, confirmed, created, from_the_future, order, shipped, single_event_commits};
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
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 7, 2));
    assert_eq!(world.redrive(QUEUE).await, [done(3, 0, 0)]);
    assert_eq!(world.versions(&order(1)).await, [[3, 0, 0]; 2]);
    assert_eq!(
        world.versions(&order(2)).await,
        [[0, 0, 0]; 2],
        "the order's commit was accepted at another time"
    );
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

#[tokio::test]
async fn a_gap_before_the_trimmed_records_is_filled() {
    let mut commits = later(single_event_commits(&order(1), &[created()]), 0);
    commits.extend(later(vec![shop::commit(&order(1), 2, vec![confirmed()])], 3));
    let world = World::with(&commits).await;
    let mut document = failure(ORDERS, 0, 0, 2);
    for end in ["approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord"] {
        document["KinesisBatchInfo"][end] = "1970-01-01T03:00:05.000Z".into();
    }
    world.redrive.stream_failures.send(&document);
    assert_eq!(world.redrive(QUEUE).await, [done(2, 0, 0)]);
}

#[tokio::test]
async fn an_interrupted_reread_continues_at_its_position() {
    let commits = single_event_commits(&order(1), &[created()]);
    let world = World::with(&commits).await;
    let mut document = failure(ORDERS, 0, 0, 2);
    let place = json!({"stream": order(1), "first": 1, "last": 1});
    document["redrive"] =
        json!({"number": 3, "reason": "the time was up before the end of the event table", "reread": place});
    world.redrive.stream_failures.send(&document);
    let request = serde_json::from_value(json!({"task": "redrive", "queue": QUEUE})).unwrap();
    world.redrive.answer(request, Instant::now()).await.unwrap();
    assert_eq!(world.redrive.stream_failures.shown(), [document], "no attempt began");
    assert_eq!(world.redrive(QUEUE).await, [done(0, 0, 0)], "the position is after the order's commits");
}

#[tokio::test]
async fn a_batch_stays_if_a_stored_event_cannot_be_read() {
    let commits = single_event_commits(&order(1), &[created(), from_the_future()]);
    let world = World::with(&commits).await;
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 7, 2));
    let reason = reason(&world.redrive(QUEUE).await[0]).to_owned();
    assert!(reason.contains("is held: the event at version 2 cannot be read"), "{reason}");
}
