//! The metrics of a batch: their values, and the stream, commit or record that each one counts.

use std::time::Duration;

use es_core::{Commit, Metadata, Timestamp};
use serde_json::{Value, json};
use telemetry::Metric;
use testing::{StoppedClock, kinesis, logged};

use crate::account::{Fault, World, commit, deposited, opened, renamed, single_event_commits, unknown};

/// `commit`, accepted so long ago.
fn accepted(commit: Commit, ago: Duration) -> Commit {
    let now = StoppedClock::shared().now().micros();
    let occurred_at = Timestamp::from_micros(now - i64::try_from(ago.as_micros()).unwrap()).unwrap();
    Commit { metadata: Metadata { occurred_at, ..commit.metadata }, ..commit }
}

/// The line with the metrics of the delivery of `commits`.
async fn metrics<'a>(world: &World, commits: impl IntoIterator<Item = &'a Commit>) -> Value {
    let batch = kinesis::commits(commits);
    let (_, lines) = logged(world.try_project(&batch)).await;
    let mut lines = lines.into_iter().filter(|line| line["message"] == "batch projected");
    let line = lines.next().unwrap();
    assert!(lines.next().is_none(), "a batch has one line");
    assert_eq!(line["operation"], "balance-projection");
    line
}

#[tokio::test]
async fn the_lag_of_a_write_is_the_age_of_its_oldest_event() {
    let [first, second, third] = [(1, 9_000), (2, 5_000), (3, 2_000)]
        .map(|(version, ago)| accepted(commit(1, version, vec![deposited(1)]), Duration::from_millis(ago)));
    let world = World::with(&[]).await;
    let line = metrics(&world, [&first, &second, &third]).await;
    assert_eq!(line["ViewLag"], 9_000, "one write includes all three commits");

    let world = World::with(&[]).await;
    assert_eq!(metrics(&world, [&first]).await["ViewLag"], 9_000);
    let line = metrics(&world, [&first, &second, &third]).await;
    assert_eq!(line["ViewLag"], 5_000, "the view included the first commit before");

    let world = World::with(&[first, second, third.clone()]).await;
    let line = metrics(&world, [&third]).await;
    assert_eq!(line["ViewLag"], 9_000, "the commits that fill the gap are older than the delivered one");
}

#[tokio::test]
async fn each_stream_has_a_lag_of_its_own() {
    let old = accepted(commit(1, 1, vec![opened()]), Duration::from_secs(4));
    let young = accepted(commit(2, 1, vec![opened()]), Duration::from_millis(1_500));
    let world = World::with(&[]).await;
    let line = metrics(&world, [&young, &old]).await;
    let mut lags: Vec<_> = line["ViewLag"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    lags.sort_unstable();
    assert_eq!(lags, [1_500, 4_000]);
    let line = metrics(&world, [&young, &old]).await;
    assert!(line.get("ViewLag").is_none(), "nothing was written: {line}");
}

#[tokio::test]
async fn a_follower_measures_its_lag_with_a_metric_of_its_own() {
    let mut world = World::with(&[]).await;
    world.projector = world.projector.measuring(Metric::milliseconds("StatementLag"));
    let old = accepted(commit(1, 1, vec![opened()]), Duration::from_secs(4));
    let line = metrics(&world, [&old]).await;
    assert_eq!((&line["StatementLag"], line.get("ViewLag")), (&json!(4_000), None), "{line}");
}

#[tokio::test]
async fn a_batch_counts_duplicates_gaps_and_poison() {
    let one = single_event_commits(1, &[opened(), deposited(5), renamed()]);
    let two = single_event_commits(2, &[opened(), unknown()]);
    let world = World::with(&one).await;
    let line = metrics(&world, [&one[2], &one[2], &one[2], &two[0], &two[1]]).await;
    let counts = ["DuplicatesDropped", "GapsHealed", "PoisonRecords"].map(|name| line[name].clone());
    assert_eq!(counts, [json!(2), json!(1), json!(1)], "{line}");
    assert_eq!((&line["Batches"], &line["outcome"]), (&json!(1), &json!("projected")));
    assert!(line.get("GenerationBehind").is_none(), "{line}");
}

#[tokio::test]
async fn a_batch_with_a_failed_stream_counts_as_redelivered() {
    let world = World::with(&[]).await;
    world.wire.script([Fault::Unavailable; 20]);
    let line = metrics(&world, &single_event_commits(1, &[opened()])).await;
    assert_eq!((&line["Batches"], &line["outcome"]), (&json!(1), &json!("redelivered")));
    assert_eq!((&line["failed"], line.get("ViewLag")), (&json!(1), None));
}

#[tokio::test]
async fn the_streams_that_the_other_generation_missed_are_counted() {
    let (world, other) = World::with(&[]).await.and_generation();
    other.wire.script([Fault::Unavailable; 40]);
    let (one, two) = (commit(1, 1, vec![opened()]), commit(2, 1, vec![opened()]));
    let line = metrics(&world, [&one, &two]).await;
    assert_eq!(line["GenerationBehind"], 2, "{line}");
    assert_eq!(world.missed.streams(), 2);
}
