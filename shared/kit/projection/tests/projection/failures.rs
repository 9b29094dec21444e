//! Failing stores: which records Lambda must deliver again.

use std::time::Duration;

use es_core::Commit;
use event_stream::BatchResponse;
use serde_json::json;
use testing::kinesis::{self, batch, insert, restart};
use testing::logged;
use tokio::time::Instant;

use crate::account::{Fault, World, account, deposited, opened, single_event_commits};

fn first(number: u128) -> Commit {
    single_event_commits(number, &[opened()]).remove(0)
}

#[tokio::test]
async fn lambda_starts_again_at_the_lowest_record_of_the_failed_streams() {
    let third = single_event_commits(3, &[opened(), deposited(5), deposited(7)]);
    let world = World::with(&[]).await;
    // Streams are written in the order of their earliest records, so the second and the third one fail.
    world.wire.script([Fault::None, Fault::Throttled, Fault::Unavailable]);
    let batch = kinesis::commits([&first(1), &third[1], &first(2), &third[0], &third[2]]);
    let (response, counters) = world.try_project(&batch).await;
    assert_eq!(restart(&response), Some(1));
    assert_eq!((counters.applied, counters.failed), (1, 2));

    let counters = world.project(&batch).await;
    assert_eq!((counters.applied, counters.duplicates), (4, 1));
    assert_eq!(world.view(3), (3, 12));
}

#[tokio::test]
async fn a_failed_stream_is_logged_with_its_cause_and_the_correlation_id_of_its_first_commit() {
    let world = World::with(&[]).await;
    world.wire.script([Fault::Throttled]);
    let batch = kinesis::commits([&first(1), &first(2)]);
    let (_, lines) = logged(world.try_project(&batch)).await;
    let lines: Vec<_> = lines.iter().filter(|line| line["message"] == "stream failed").collect();
    let [line] = lines.as_slice() else { panic!("only the first stream failed: {lines:?}") };
    assert_eq!((&line["level"], &line["stream"]), (&json!("WARN"), &json!(account(1).to_string())));
    assert_eq!(line["correlation_id"], "correlation");
    assert!(line["error"].as_str().unwrap().starts_with("the write is throttled"), "{line}");
}

#[tokio::test]
async fn a_write_whose_response_was_lost_counts_once() {
    let world = World::with(&[]).await;
    let batch = kinesis::commits(&single_event_commits(1, &[deposited(5)]));
    world.wire.script([Fault::LostAnswer]);
    assert_eq!(restart(&world.try_project(&batch).await.0), Some(0));
    assert_eq!(world.project(&batch).await.duplicates, 1);
    assert_eq!(world.view(1), (1, 5));
}

#[tokio::test]
async fn a_failing_event_table_while_a_gap_is_filled_is_not_poison() {
    let commits = single_event_commits(1, &[opened(), deposited(5)]);
    let world = World::with(&commits).await;
    let batch = kinesis::commits([&commits[1]]);
    for fault in [Fault::Throttled, Fault::Unavailable] {
        world.wire.script([Fault::None, fault]);
        let (response, counters) = world.try_project(&batch).await;
        assert_eq!((restart(&response), counters.poison), (Some(0), 0));
    }
    world.project(&batch).await;
    assert_eq!(world.view(1), (2, 5));
}

#[tokio::test]
async fn a_letter_that_cannot_be_sent_is_delivered_again() {
    let world = World::with(&[]).await;
    let batch = batch([insert(&first(1)), b"nonsense".to_vec()]);
    world.letters.fail(true);
    let (response, counters) = world.try_project(&batch).await;
    assert_eq!((restart(&response), counters.poison, counters.applied), (Some(1), 0, 1));

    world.letters.fail(false);
    assert_eq!(world.project(&batch).await.poison, 1);
}

#[tokio::test]
async fn poison_that_lambda_delivers_again_is_not_sent_to_the_queue() {
    let world = World::with(&[]).await;
    let nonsense = || b"nonsense".to_vec();
    let batch = batch([nonsense(), insert(&first(1)), nonsense()]);
    world.wire.script([Fault::Throttled]);
    let (response, counters) = world.try_project(&batch).await;
    assert_eq!((restart(&response), counters.poison), (Some(1), 1));
    assert_eq!(world.letters.take().len(), 1);
}

#[tokio::test]
async fn nothing_is_started_after_the_deadline() {
    let world = World::with(&[]).await;
    let batch = batch([insert(&first(1)), b"nonsense".to_vec(), insert(&first(2))]);
    let (response, counters) = world.projector.project(&batch, &world.letters, Instant::now()).await;
    assert_eq!((restart(&response), counters.poison, counters.failed), (Some(0), 0, 2));
    assert!(world.wire.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_hanging_write_is_interrupted_at_the_deadline() {
    let world = World::with(&[]).await;
    world.wire.script([Fault::None, Fault::Hangs]);
    let batch = kinesis::commits([&first(1), &first(2), &first(3)]);
    let deadline = Instant::now() + Duration::from_secs(9);
    let (response, counters) = world.projector.project(&batch, &world.letters, deadline).await;
    assert_eq!(Instant::now(), deadline);
    assert_eq!((restart(&response), counters.applied, counters.failed), (Some(1), 2, 1));
}

#[tokio::test]
async fn an_empty_batch_is_a_success() {
    let (response, _) = World::with(&[]).await.try_project(&batch([])).await;
    assert_eq!(response, BatchResponse::default());
}
