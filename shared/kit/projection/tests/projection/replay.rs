//! Replays of commits that do not come from the event stream.

use std::time::Duration;

use es_core::{Applied, StreamId, StreamVersion, ViewWriter, WriteError};
use projection::{Projector, Replayed};
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use tokio::time::Instant;

use crate::account::{
    BalanceProjection, Events, Fault, World, account, deposited, from_the_future, of_another_category,
    opened, single_event_commits,
};

/// Views that were made from another event table.
struct ViewsOfAnotherTable;

impl ViewWriter<u64> for ViewsOfAnotherTable {
    async fn apply(
        &self,
        _: &StreamId,
        _: &u64,
        _: StreamVersion,
        _: StreamVersion,
    ) -> Result<Applied, WriteError> {
        Ok(Applied::OtherTimeline)
    }
}

#[tokio::test]
async fn replayed_commits_have_the_same_effect_as_delivered_ones_in_every_generation() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let (world, other) = World::with(&commits).await.and_generation();
    let replayed = world.replay(&commits[1..]).await;
    assert_eq!((replayed.applied, replayed.duplicates, replayed.stopped), (3, 0, Vec::new()));
    assert_eq!((world.view(1), other.of_account(1)), ((3, 12), (3, 12)));
    let again = world.replay(&[commits, vec![of_another_category()]].concat()).await;
    assert_eq!(
        (again.applied, again.duplicates, again.stopped),
        (0, 3, Vec::new()),
        "commits of other categories must be ignored"
    );
}

#[tokio::test]
async fn a_stream_that_stops_says_whether_a_retry_may_succeed() {
    let held = single_event_commits(1, &[opened(), from_the_future()]);
    let world = World::with(&held).await;
    let replayed = world.replay(&held).await;
    let [stopped] = replayed.stopped.as_slice() else { panic!("{replayed:?}") };
    assert_eq!((&stopped.stream, stopped.held_from), (&account(1), Some(StreamVersion::new(2))));
    assert_eq!((stopped.projection, replayed.applied), ("balance-projection", 1));
    assert!(!stopped.is_of_another_event_table, "{stopped:?}");

    world.wire.script([Fault::Throttled]);
    let replayed = world.replay(&single_event_commits(2, &[opened()])).await;
    let [stopped] = replayed.stopped.as_slice() else { panic!("{replayed:?}") };
    assert_eq!((stopped.held_from, stopped.reason.as_str()), (None, "the write is throttled: scripted"));

    let late = world.projector.replay(&single_event_commits(3, &[opened()]), Instant::now()).await;
    assert_eq!((late.stopped.len(), late.stopped[0].held_from), (1, None));
}

#[tokio::test]
async fn a_view_that_was_made_from_another_event_table_holds_its_stream_and_says_so() {
    let event_table = kinesis::EVENT_TABLE.to_owned();
    let (events, clock) = (Events::default(), StoppedClock::shared());
    let projector =
        Projector::<BalanceProjection, _, _>::new(event_table, events, ViewsOfAnotherTable, clock);
    let commits = single_event_commits(1, &[opened(), deposited(5)]);
    let deadline = Instant::now() + Duration::from_mins(1);
    let replayed = projector.replay(&commits, deadline).await;
    let [stopped] = replayed.stopped.as_slice() else { panic!("{replayed:?}") };
    assert_eq!((stopped.held_from, replayed.applied), (Some(StreamVersion::new(1)), 0));
    assert!(stopped.is_of_another_event_table, "{stopped:?}");

    let letters = InMemoryDeadLetters::default();
    let (_, counters) = projector.project(&kinesis::commits(&commits), &letters, deadline).await;
    assert_eq!((counters.poison, counters.failed), (2, 0));
    let [letter, _] = letters.take().try_into().unwrap();
    let error = letter["error"].as_str().unwrap();
    assert!(error.contains("made from another event table: build a new generation"), "{error}");
}

#[tokio::test]
async fn the_results_of_several_replays_are_sums_and_have_all_stopped_streams() {
    let (one, two) =
        (single_event_commits(1, &[opened(), deposited(5)]), single_event_commits(2, &[opened()]));
    let held = single_event_commits(3, &[opened(), from_the_future()]);
    let world = World::with(&[]).await;
    let mut sum = Replayed::default();
    for commits in [one.clone(), [one, two].concat(), held.clone(), held] {
        sum.add(world.replay(&commits).await);
    }
    assert_eq!((sum.applied, sum.duplicates), (2 + 1 + 1, 2 + 1));
    assert_eq!(sum.stopped.iter().map(|stopped| &stopped.stream).collect::<Vec<_>>(), [&account(3); 2]);
}
