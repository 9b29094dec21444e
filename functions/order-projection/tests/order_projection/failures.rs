//! Infrastructure that fails: what comes again, and from where.

use std::future::pending;
use std::time::Duration;

use es_core::{Applied, Commit, StreamId, StreamVersion, ViewWriter, WriteError};
use event_stream::BatchResponse;
use order_projection::OrderProjection;
use projection::Projector;
use testing::dynamodb::Fault;
use testing::kinesis::{self, batch, insert, restart};
use testing::{InMemoryDeadLetters, InMemoryEventStore};
use tokio::time::Instant;
use views::OrderChange;

use crate::orders::{confirmed, created, life, shipped, stream};
use crate::world::World;

fn opened(order: u128) -> Commit {
    life(order, &[created()]).remove(0)
}

#[tokio::test]
async fn the_lowest_record_of_the_streams_that_failed_is_where_lambda_begins_again() {
    let [first, second] = [1, 2].map(opened);
    let third = life(3, &[created(), confirmed(), shipped()]);
    let world = World::new().await;
    // Streams are written in the order of their earliest records: the second and third fail.
    world.db.faults().script([Fault::None, Fault::Throttled, Fault::NotSent]);
    let batch = kinesis::commits([&first, &third[1], &second, &third[0], &third[2]]);
    let (response, counters) = world.try_project(&batch).await;
    assert_eq!(restart(&response), Some(1));
    assert_eq!((counters.applied, counters.failed), (1, 2));

    let counters = world.project(&batch).await;
    assert_eq!((counters.applied, counters.duplicates), (4, 1));
    assert_eq!(world.stands(3).await, "shipped 3");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_counts_once() {
    let world = World::new().await;
    let batch = kinesis::commits([&opened(1)]);
    world.db.faults().script([Fault::LostAnswer]);
    let (response, _) = world.try_project(&batch).await;
    assert_eq!(restart(&response), Some(0));
    assert_eq!(world.project(&batch).await.duplicates, 1);
    assert_eq!(world.stands(1).await, "pending 1");
}

#[tokio::test]
async fn an_event_table_that_fails_while_a_gap_is_filled_is_no_poison() {
    let order = life(1, &[created(), confirmed()]);
    let world = World::with(&order).await;
    let batch = kinesis::commits([&order[1]]);
    for fault in [Fault::Throttled, Fault::NotSent] {
        world.db.faults().script([Fault::None, fault]);
        let (response, counters) = world.try_project(&batch).await;
        assert_eq!((restart(&response), counters.poison), (Some(0), 0));
    }
    world.project(&batch).await;
    assert_eq!(world.stands(1).await, "confirmed 2");
}

#[tokio::test]
async fn a_letter_that_cannot_be_sent_comes_again() {
    let world = World::new().await;
    let batch = batch([insert(&opened(1)), b"nonsense".to_vec()]);
    world.projector.dead_letters.fail(true);
    let (response, counters) = world.try_project(&batch).await;
    assert_eq!((restart(&response), counters.poison, counters.applied), (Some(1), 0, 1));

    world.projector.dead_letters.fail(false);
    assert_eq!(world.project(&batch).await.poison, 1);
}

#[tokio::test]
async fn poison_that_comes_again_anyhow_is_not_sent_twice() {
    let world = World::new().await;
    let nonsense = || b"nonsense".to_vec();
    let batch = batch([nonsense(), insert(&opened(1)), nonsense()]);
    world.db.faults().script([Fault::Throttled]);
    let (response, counters) = world.try_project(&batch).await;
    assert_eq!((restart(&response), counters.poison), (Some(1), 1));
    assert_eq!(world.projector.dead_letters.take().len(), 1);
}

#[tokio::test]
async fn nothing_is_begun_once_the_time_is_up() {
    let world = World::new().await;
    let batch = batch([insert(&opened(1)), b"nonsense".to_vec(), insert(&opened(2))]);
    let (response, counters) = world.projector.project(&batch, Instant::now()).await;
    assert_eq!((restart(&response), counters.poison, counters.failed), (Some(0), 0, 2));
    assert!(world.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_write_that_hangs_is_cut_off_at_the_deadline() {
    let (dead_letters, events) = (InMemoryDeadLetters::default(), InMemoryEventStore::default());
    let projector = Projector::<OrderProjection, _, _, _>::new(events, HangsAtTheSecond, dead_letters);
    let batch = kinesis::commits([&opened(1), &opened(2), &opened(3)]);
    let deadline = Instant::now() + Duration::from_secs(9);
    let (response, counters) = projector.project(&batch, deadline).await;
    assert_eq!(Instant::now(), deadline);
    assert_eq!((restart(&response), counters.applied, counters.failed), (Some(1), 2, 1));
}

#[tokio::test]
async fn an_empty_batch_is_a_success() {
    let world = World::new().await;
    let (response, _) = world.try_project(&batch([])).await;
    assert_eq!(response, BatchResponse::default());
}

/// Views of which the second cannot be written, nor refused.
struct HangsAtTheSecond;

impl ViewWriter<OrderChange> for HangsAtTheSecond {
    async fn apply(
        &self,
        order: &StreamId,
        _: &OrderChange,
        _: StreamVersion,
        _: StreamVersion,
    ) -> Result<Applied, WriteError> {
        if *order == stream(2) { pending().await } else { Ok(Applied::Written) }
    }
}
