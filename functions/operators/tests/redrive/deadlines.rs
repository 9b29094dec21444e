//! Tests that a redrive stops in time, although a request hangs, and that every message is back in its queue then.
//!
//! The clock of the tests is paused, so a hanging request takes no time.

use std::iter::repeat_n;
use std::time::Duration;

use operators::redrive::{RedriveOutcome, RedriveReport};
use serde_json::{Value, json};
use shop_testing::{confirmed, created, from_the_future, order, single_event_commits};
use testing::dynamodb::Fault;
use testing::kinesis;
use tokio::time::Instant;

use crate::doubles::Operation;
use crate::world::{ORDERS, World, failure, reason};

const QUEUE: &str = "stream-failures";

/// The time of an invocation. The work on messages stops 10 seconds earlier.
const TIME: Duration = Duration::from_secs(15);

/// How long a request hangs.
const HANGING: Duration = Duration::from_secs(19);

/// A response that lets one request hang after `before` others.
fn hanging(before: usize) -> impl Iterator<Item = Fault> {
    repeat_n(Fault::None, before).chain([Fault::Delayed(HANGING)])
}

/// The outcomes of `request`, which must end in time.
async fn outcomes(world: &World, request: &Value) -> Vec<RedriveOutcome> {
    let (parsed, deadline) = (serde_json::from_value(request.clone()).unwrap(), Instant::now() + TIME);
    let report = world.redrive.answer(parsed, deadline).await.unwrap();
    // A timer may round up to the next millisecond.
    let end = deadline + Duration::from_millis(1);
    assert!(Instant::now() <= end, "{request} takes too long: {report:?}");
    let RedriveReport::Work { worked, left, .. } = report else { panic!("{report:?}") };
    assert_eq!(left, worked.iter().filter(|one| matches!(one.outcome, RedriveOutcome::Left { .. })).count());
    worked.into_iter().map(|one| one.outcome).collect()
}

async fn redrive(world: &World) -> Vec<RedriveOutcome> {
    outcomes(world, &json!({"task": "redrive", "queue": QUEUE, "max": 100})).await
}

/// The first page takes seven requests: the scan, and for each generation a check, a write and another check. The second
/// page has the same requests.
#[tokio::test(start_paused = true)]
async fn a_hanging_request_of_a_pass_over_the_event_table_keeps_the_position() {
    let mut events = vec![confirmed(); 250];
    events[0] = created();
    let commits = single_event_commits(&order(1), &events);
    for before in 7..14 {
        let world = World::with(&commits).await;
        world.redrive.stream_failures.send(&failure(ORDERS, 0, 249, 2));
        world.db.faults().script(hanging(before));
        let outcomes = redrive(&world).await;
        assert!(matches!(outcomes[..], [RedriveOutcome::Left { .. }]), "request {before}: {outcomes:?}");
        let shown = world.redrive.stream_failures.shown();
        let after = json!({"stream": order(1), "first": 200, "last": 200});
        assert_eq!(shown[0]["redrive"]["reread"], json!({"projected_to": after}), "request {before}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_request_of_a_projection_stores_the_attempt() {
    let commits = single_event_commits(&order(1), &[created(), confirmed()]);
    let world = async || {
        let world = World::with(&commits).await;
        world.redrive.records.retain(kinesis::commits(&commits));
        world.redrive.stream_failures.send(&failure(ORDERS, 0, 1, 1));
        world.db.recorder().clear();
        world
    };
    let whole = world().await;
    assert!(matches!(redrive(&whole).await[..], [RedriveOutcome::Done { .. }]));
    for before in 0..whole.db.recorder().requests().len() {
        let world = world().await;
        world.db.faults().script(hanging(before));
        assert!(!reason(&redrive(&world).await[0]).is_empty(), "request {before}");
        let shown = world.redrive.stream_failures.shown();
        assert_eq!((shown.len(), &shown[0]["redrive"]["number"]), (1, &json!(1)), "request {before}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_request_of_a_stream_names_the_version_that_the_views_have() {
    let mut events = vec![confirmed(); 250];
    events[0] = created();
    let commits = single_event_commits(&order(1), &events);
    let request = json!({"task": "catch-up", "streams": [order(1)]});
    let whole = World::with(&commits).await;
    whole.db.recorder().clear();
    assert!(matches!(outcomes(&whole, &request).await[..], [RedriveOutcome::Done { .. }]));
    let requests = whole.db.recorder().requests();
    let queries: Vec<_> = (0..requests.len()).filter(|index| requests[*index] == "Query").collect();
    // The last request reads behind the end of the stream.
    for (before, version) in [(0, 0), (queries[queries.len() - 1], 250)] {
        let world = World::with(&commits).await;
        world.db.faults().script(hanging(before));
        let expected = format!("the time was up after version {version}");
        assert_eq!(reason(&outcomes(&world, &request).await[0]), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_queue_that_hangs_stores_the_attempt() {
    let commits = single_event_commits(&order(1), &[created(), from_the_future()]);
    for is_retained in [true, false] {
        let world = World::with(&commits).await;
        if is_retained {
            world.redrive.records.retain(kinesis::commits(&commits));
        }
        world.redrive.stream_failures.send(&failure(ORDERS, 0, 1, 1));
        world.redrive.dead_letters.slow_down(Operation::Send, HANGING);
        assert!(reason(&redrive(&world).await[0]).contains("before the dead-letter queue accepted a letter"));
        assert_eq!(world.redrive.stream_failures.shown()[0]["redrive"]["number"], 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_messages_behind_one_that_takes_all_the_time_are_left_unchanged() {
    let world = World::with(&single_event_commits(&order(1), &[created()])).await;
    let queue = &world.redrive.stream_failures;
    for _ in 0..100 {
        queue.send(&failure(ORDERS, 0, 0, 1));
    }
    queue.slow_down(Operation::PutBack, Duration::from_secs(1));
    world.db.faults().script(hanging(0));
    let outcomes = redrive(&world).await;
    assert_eq!((outcomes.len(), queue.shown().len(), queue.hidden()), (100, 100, 0));
    for outcome in &outcomes[1..] {
        assert_eq!(reason(outcome), "the time was up before the work on the message began: redrive again");
    }
    let unchanged = queue.shown().into_iter().filter(|message| *message == failure(ORDERS, 0, 0, 1));
    assert_eq!(unchanged.count(), 99, "only the first message has an attempt");
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_hangs_does_not_keep_the_report() {
    for operation in [Operation::Delete, Operation::PutBack] {
        let commits = single_event_commits(&order(1), &[created()]);
        let world = World::with(&commits).await;
        world.redrive.records.retain(kinesis::commits(&commits));
        let queue = &world.redrive.stream_failures;
        for _ in 0..3 {
            queue.send(&failure(ORDERS, 0, 0, 1));
        }
        queue.slow_down(operation, HANGING);
        let outcomes = redrive(&world).await;
        let left = outcomes.iter().filter(|outcome| matches!(outcome, RedriveOutcome::Left { .. })).count();
        assert_eq!((outcomes.len(), left), (3, if operation == Operation::Delete { 3 } else { 0 }));
    }
}

#[tokio::test(start_paused = true)]
async fn the_messages_that_a_list_or_a_search_received_are_put_back_together() {
    let world = World::with(&[]).await;
    let queue = &world.redrive.stream_failures;
    for _ in 0..100 {
        queue.send(&failure(ORDERS, 0, 0, 1));
    }
    queue.slow_down(Operation::PutBack, Duration::from_secs(1));
    for request in [
        json!({"task": "list", "queue": QUEUE, "max": 100}),
        json!({"task": "discard", "queue": QUEUE, "ids": ["another"], "reason": "a test"}),
    ] {
        let start = Instant::now();
        world.ask(request).await;
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        assert_eq!((queue.shown().len(), queue.hidden()), (100, 0));
    }
}
