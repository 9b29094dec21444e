//! A writer that writes the changes of several streams together: the same views, with fewer writes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use es_core::{Applied, Commit, ReportResult, StreamChange, StreamId, StreamVersion, ViewWriter, WriteError};
use event_stream::{Batch, BatchResponse};
use futures::future::pending;
use projection::{Counters, OtherGeneration, OtherPolicy, Projector};
use testing::kinesis::{self, restart};
use testing::{InMemoryDeadLetters, StoppedClock, exported_spans};
use tokio::time::Instant;

use crate::account::{
    BalanceProjection, Balances, Events, Fault, Missed, commit, deposited, opened, single_event_commits,
    unknown,
};

/// Balances that are written three at a time.
#[derive(Debug, Clone, Default)]
struct Together {
    balances: Balances,
    /// The number of changes of each common write; 0 for a write of a stream by itself.
    writes: Arc<Mutex<Vec<usize>>>,
    /// The fault of each change of the next write of several streams.
    faults: Arc<Mutex<Vec<Fault>>>,
}

impl ViewWriter<u64> for Together {
    const MAX_TOGETHER: usize = 3;

    async fn apply(
        &self,
        stream: &StreamId,
        change: &u64,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        self.writes.lock().unwrap().push(0);
        self.balances.apply(stream, change, after, to).await
    }

    async fn apply_all(&self, changes: &[StreamChange<'_, u64>], report: &ReportResult<'_>) {
        self.writes.lock().unwrap().push(changes.len());
        let faults = std::mem::take(&mut *self.faults.lock().unwrap()).into_iter();
        for (index, (change, fault)) in changes.iter().zip(faults.chain([Fault::None; 3])).enumerate() {
            match fault {
                Fault::None => report(index, self.write(change).await),
                Fault::LostAnswer => drop(self.write(change).await),
                Fault::Throttled => report(index, Err(WriteError::Throttled("scripted".into()))),
                // The change has no result.
                Fault::Unavailable => {}
                Fault::Hangs => pending().await,
            }
        }
    }
}

impl Together {
    async fn write(&self, change: &StreamChange<'_, u64>) -> Result<Applied, WriteError> {
        self.balances.apply(change.stream, change.change, change.after, change.to).await
    }

    fn writes(&self) -> Vec<usize> {
        std::mem::take(&mut *self.writes.lock().unwrap())
    }
}

struct World {
    letters: InMemoryDeadLetters,
    projector: Projector<BalanceProjection, Events, Together>,
}

impl World {
    /// A world whose event table holds `commits`.
    async fn with(commits: &[Commit]) -> Self {
        let events = Events::with(commits).await;
        let event_table = kinesis::EVENT_TABLE.to_owned();
        let projector = Projector::new(event_table, events, Together::default(), StoppedClock::shared());
        Self { letters: InMemoryDeadLetters::default(), projector }
    }

    fn views(&self) -> &Together {
        &self.projector.views
    }

    fn view(&self, number: u128) -> (u64, u64) {
        self.views().balances.of_account(number)
    }

    async fn project(&self, batch: &Batch) -> (BatchResponse, Counters) {
        self.projector.project(batch, &self.letters, Instant::now() + Duration::from_mins(1)).await
    }
}

fn deposits(number: u128) -> Vec<Commit> {
    single_event_commits(number, &[opened(), deposited(5), deposited(7)])
}

#[tokio::test]
async fn the_streams_of_a_batch_are_written_together_and_a_stream_alone_by_itself() {
    let world = World::with(&[]).await;
    let all: Vec<_> = (1..=5).flat_map(deposits).collect();
    let (response, counters) = world.project(&kinesis::commits(&all)).await;
    assert_eq!(response, BatchResponse::default());
    assert_eq!((counters.applied, counters.streams), (15, 5));
    assert_eq!(world.views().writes(), [3, 2]);
    assert!((1..=5).all(|number| world.view(number) == (3, 12)));

    world.project(&kinesis::commits([&commit(1, 4, vec![deposited(1)])])).await;
    assert_eq!((world.views().writes(), world.view(1)), (vec![0], (4, 13)));
}

#[tokio::test]
async fn a_stream_that_is_not_done_goes_on_from_the_checkpoint_that_the_common_write_found() {
    let (behind, ahead) = (deposits(1), deposits(2));
    let poison = single_event_commits(3, &[opened(), unknown()]);
    let world = World::with(&[behind.clone(), ahead.clone(), poison.clone()].concat()).await;
    world.project(&kinesis::commits([&behind[0]])).await;
    world.project(&kinesis::commits(&ahead[..2])).await;
    world.views().writes();

    let batch = kinesis::commits([&behind[2], &ahead[1], &ahead[2], &poison[0], &poison[1]]);
    let (response, counters) = world.project(&batch).await;
    assert_eq!(response, BatchResponse::default());
    assert_eq!((counters.applied, counters.duplicates, counters.gaps, counters.poison), (4, 1, 1, 1));
    assert_eq!(world.views().writes(), [3, 0, 0], "only the first two streams need another write");
    assert_eq!([1, 2, 3].map(|number| world.view(number)), [(3, 12), (3, 12), (1, 0)]);
    let [letter] = world.letters.take().try_into().unwrap();
    let error = letter["error"].as_str().unwrap();
    assert!(error.contains("is held at version 2"), "{error}");
}

#[tokio::test]
async fn a_change_without_a_result_is_written_again_by_itself_and_counts_once() {
    let world = World::with(&[]).await;
    let all: Vec<_> = (1..=3).flat_map(deposits).collect();
    *world.views().faults.lock().unwrap() = vec![Fault::LostAnswer, Fault::None, Fault::Unavailable];
    let ((response, counters), spans) = exported_spans(world.project(&kinesis::commits(&all))).await;
    assert_eq!(response, BatchResponse::default());
    assert_eq!((counters.applied, counters.duplicates), (6, 3), "the first stream was written");
    assert_eq!(world.views().writes(), [3, 0, 0]);
    assert_eq!(spans.len(), 3 + 1, "each stream has one span, which lasts until its last write");
    assert!((1..=3).all(|number| world.view(number) == (3, 12)));
}

#[tokio::test]
async fn a_stream_whose_first_commit_cannot_be_read_takes_no_part_in_the_common_write() {
    let (sound, poison) = (deposits(1), single_event_commits(2, &[unknown(), deposited(5)]));
    let world = World::with(&[]).await;
    let (response, counters) = world.project(&kinesis::commits(sound.iter().chain(&poison))).await;
    assert_eq!((response, counters.applied, counters.poison), (BatchResponse::default(), 3, 2));
    assert_eq!((world.views().writes(), world.view(2)), (vec![1], (0, 0)));
}

#[tokio::test(start_paused = true)]
async fn a_failed_or_interrupted_common_write_fails_only_the_streams_without_a_result() {
    let world = World::with(&[]).await;
    let all: Vec<_> = (1..=3).flat_map(deposits).collect();
    let batch = kinesis::commits(&all);
    *world.views().faults.lock().unwrap() = vec![Fault::None, Fault::Throttled, Fault::None];
    let (response, counters) = world.project(&batch).await;
    assert_eq!((restart(&response), counters.applied, counters.failed), (Some(3), 6, 1));

    let world = World::with(&[]).await;
    *world.views().faults.lock().unwrap() = vec![Fault::None, Fault::Hangs];
    let (response, counters) = world.project(&batch).await;
    assert_eq!((restart(&response), counters.applied, counters.failed), (Some(3), 3, 2));
    assert_eq!([1, 2, 3].map(|number| world.view(number)), [(3, 12), (0, 0), (0, 0)]);

    let world = World::with(&[]).await;
    let (response, _) = world.projector.project(&batch, &world.letters, Instant::now()).await;
    assert_eq!((restart(&response), world.views().writes()), (Some(0), vec![]), "nothing starts too late");
}

#[tokio::test(start_paused = true)]
async fn the_other_generation_misses_only_the_streams_without_a_result() {
    let mut world = World::with(&[]).await;
    let (other, missed) = (Together::default(), Missed::default());
    let policy =
        OtherPolicy { is_strict: false, missed: Arc::new(missed.clone()), extra_time: Arc::default() };
    let (table, views) = ("green".to_owned(), other.clone());
    world.projector = world.projector.and_generation(Some(OtherGeneration { table, views, policy }));
    *other.faults.lock().unwrap() = vec![Fault::None, Fault::Hangs];
    let all: Vec<_> = (1..=3).flat_map(deposits).collect();
    let (response, counters) = world.project(&kinesis::commits(&all)).await;
    assert_eq!((response, counters.behind, missed.streams()), (BatchResponse::default(), 2, 2));
    assert_eq!(other.balances.of_account(1), (3, 12));

    let replayed = world.projector.replay(&all, Instant::now() + Duration::from_mins(1)).await;
    assert_eq!((replayed.applied, replayed.duplicates, replayed.stopped), (0, 9, Vec::new()));
    assert!((1..=3).all(|number| other.balances.of_account(number) == (3, 12)));
}
