//! The metrics of the publisher: their values.

use std::time::Duration;

use es_core::{Commit, Metadata, Timestamp};
use serde_json::Value;
use testing::{StoppedClock, logged};

use crate::world::{Fault, World, account, branch, commits, throttled, unavailable};

/// `commits`, accepted so many milliseconds ago.
fn accepted(commits: Vec<Commit>, ago: &[u64]) -> Vec<Commit> {
    let now = StoppedClock::shared().now().micros();
    let accepted = commits.into_iter().zip(ago).map(|(commit, ago)| {
        let ago = i64::try_from(Duration::from_millis(*ago).as_micros()).unwrap();
        let occurred_at = Timestamp::from_micros(now - ago).unwrap();
        Commit { metadata: Metadata { occurred_at, ..commit.metadata }, ..commit }
    });
    accepted.collect()
}

/// The values of `metric` in `lines`.
fn values(lines: &[Value], metric: &str) -> Vec<u64> {
    let samples = lines.iter().flat_map(|line| match &line[metric] {
        Value::Array(samples) => samples.clone(),
        value => vec![value.clone()],
    });
    let mut values: Vec<_> = samples.filter_map(|value| value.as_u64()).collect();
    values.sort_unstable();
    values
}

#[tokio::test]
async fn the_lag_of_a_stream_is_the_age_of_its_oldest_event() {
    let one = accepted(commits(&account(1), &[2, 1, 3]), &[9_000, 5_000, 2_000]);
    let two = accepted(commits(&branch(2), &[1]), &[700]);
    let world = World::with(&[]).await;
    let (_, lines) = logged(world.publish(one.iter().chain(&two))).await;
    assert_eq!(values(&lines, "PublishLag"), [700, 9_000]);
    assert_eq!(values(&lines, "ViewLag"), [0; 0], "the publisher has no view");
    let (_, lines) = logged(world.publish(&one)).await;
    assert_eq!(values(&lines, "PublishLag"), [0; 0], "nothing was published");
}

#[tokio::test]
async fn every_entry_that_the_bus_does_not_accept_is_counted() {
    let one = commits(&account(1), &[1, 1, 1]);
    let world = World::with(&one).await;
    world.bus.script([Fault::Entries(vec![(0, throttled()), (2, throttled())])]);
    let (_, lines) = logged(world.publish(&one)).await;
    assert_eq!(values(&lines, "FailedEntries"), [2]);
    let two = commits(&account(2), &[1]);
    let (_, lines) = logged(world.publish(&two)).await;
    assert_eq!(values(&lines, "FailedEntries"), [0; 0]);
    let is_warning = |line: &&Value| line["level"] == "WARN";
    assert_eq!(lines.iter().find(is_warning), None);
}

#[tokio::test]
async fn a_failed_request_counts_as_all_of_its_entries() {
    let all: Vec<_> = (1..=12).flat_map(|number| commits(&account(number), &[1])).collect();
    let world = World::with(&all).await;
    world.bus.script([Fault::Entries(vec![(4, throttled())]), Fault::Request(unavailable())]);
    let (_, lines) = logged(world.deliver(&all)).await;
    assert_eq!(values(&lines, "FailedEntries"), [3]);
}
