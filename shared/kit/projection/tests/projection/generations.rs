//! The other generation of the query table: it gets what the live generation gets, but it stops nothing.

use std::time::Duration;

use es_core::StreamVersion;
use event_stream::BatchResponse;
use projection::{EXTRA_TIME, EXTRA_TIME_PAUSE};
use testing::kinesis::{self, restart};
use tokio::time::Instant;

use crate::account::{
    Fault, World, deposited, from_the_future, of_another_category, opened, single_event_commits,
};

#[tokio::test]
async fn the_live_views_go_on_without_the_other_generation_and_the_next_commit_heals_the_gap() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    for fault in [Fault::Throttled, Fault::Unavailable] {
        let (world, other) = World::with(&commits).await.and_generation();
        other.wire.script([fault]);
        let counters = world.deliver(&commits[..2]).await;
        assert_eq!((counters.applied, counters.behind, counters.failed), (2, 1, 0), "{fault:?}");
        assert_eq!((world.view(1), other.of_account(1)), ((2, 5), (0, 0)), "{fault:?}");
        let counters = world.deliver([&commits[2]]).await;
        assert_eq!(
            (counters.applied, counters.behind),
            (1, 0),
            "the counts must be those of the live generation"
        );
        assert_eq!((world.view(1), other.of_account(1)), ((3, 12), (3, 12)), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_other_generation_costs_a_batch_the_extra_time_once() {
    let (world, other) = World::with(&[]).await.and_generation();
    other.wire.script([Fault::Hangs; 40]);
    let commits: Vec<_> = (1..=40).flat_map(|number| single_event_commits(number, &[deposited(5)])).collect();
    let (batch, start) = (kinesis::commits(&commits), Instant::now());
    let deadline = start + Duration::from_mins(10);
    let (response, counters) = world.projector.project(&batch, &world.letters, deadline).await;
    assert_eq!(Instant::now(), start + EXTRA_TIME);
    assert_eq!((response, counters.applied, counters.behind), (BatchResponse::default(), 40, 40));
}

#[tokio::test(start_paused = true)]
async fn the_other_generation_gets_no_time_after_the_deadline() {
    let (world, other) = World::with(&[]).await.and_generation();
    other.wire.script([Fault::Hangs]);
    let batch = kinesis::commits(&single_event_commits(1, &[deposited(5)]));
    let deadline = Instant::now() + EXTRA_TIME / 2;
    let (response, counters) = world.projector.project(&batch, &world.letters, deadline).await;
    assert_eq!(Instant::now(), deadline);
    assert_eq!((response, counters.applied, counters.behind), (BatchResponse::default(), 1, 1));
}

/// Delivers one commit of the account `number`. Returns how long the batch took and how many streams the other
/// generation missed.
async fn deliver_one(world: &World, number: u128) -> (Duration, u64) {
    let (start, commits) = (Instant::now(), single_event_commits(number, &[deposited(5)]));
    let counters = world.deliver(&commits).await;
    (start.elapsed(), counters.behind)
}

#[tokio::test(start_paused = true)]
async fn batches_after_a_vain_wait_do_not_wait_until_a_pause_has_passed() {
    let (world, other) = World::with(&[]).await.and_generation();
    other.wire.script([Fault::Hangs; 6]);
    assert_eq!(deliver_one(&world, 1).await, (EXTRA_TIME, 1));
    let ignored = world.deliver([&of_another_category()]).await;
    assert_eq!(ignored.ignored, 1, "a batch without streams does not end the pause");
    for number in 2..=4 {
        assert_eq!(deliver_one(&world, number).await, (Duration::ZERO, 1), "batch {number}");
    }
    tokio::time::advance(EXTRA_TIME_PAUSE / 2).await;
    assert_eq!(deliver_one(&world, 5).await, (Duration::ZERO, 1), "the pause has not passed yet");
    tokio::time::advance(EXTRA_TIME_PAUSE / 2).await;
    assert_eq!(deliver_one(&world, 6).await, (EXTRA_TIME, 1), "no batch prolongs the pause");
    assert_eq!(deliver_one(&world, 7).await, (Duration::ZERO, 0), "the table responds again");
    other.wire.script([Fault::Hangs]);
    assert_eq!(deliver_one(&world, 8).await, (EXTRA_TIME, 1), "a batch in time ends the pause");
}

#[tokio::test(start_paused = true)]
async fn only_a_vain_wait_makes_batches_not_wait() {
    let (world, other) = World::with(&[]).await.and_generation();
    world.deliver([&of_another_category()]).await;
    other.wire.script([Fault::Throttled, Fault::Hangs]);
    assert_eq!(deliver_one(&world, 1).await, (Duration::ZERO, 1), "a stream that failed is done");
    assert_eq!(deliver_one(&world, 2).await, (EXTRA_TIME, 1));
}

#[tokio::test]
async fn poison_of_both_generations_is_not_counted_as_behind() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let (world, other) = World::with(&commits).await.and_generation();
    *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(2));
    let counters = world.deliver([&commits[2]]).await;
    assert_eq!((counters.poison, counters.behind), (1, 0));
    assert_eq!((world.view(1), other.of_account(1)), ((1, 0), (1, 0)));
}

#[tokio::test]
async fn poison_of_the_other_generation_at_an_earlier_version_is_counted() {
    let commits = single_event_commits(1, &[opened(), deposited(5), from_the_future()]);
    let world = World::with(&commits).await;
    world.deliver(&commits[..1]).await;
    let (world, other) = world.and_generation();
    *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(1));
    let counters = world.deliver(&commits[1..]).await;
    assert_eq!((counters.poison, counters.behind), (1, 1), "only the live generation has the second commit");
    assert_eq!((world.view(1), other.of_account(1)), ((2, 5), (0, 0)));
}

#[tokio::test]
async fn streams_that_are_delivered_again_are_not_behind() {
    let commits: Vec<_> = (1..=3).flat_map(|number| single_event_commits(number, &[deposited(5)])).collect();
    let (world, other) = World::with(&[]).await.and_generation();
    world.wire.script([Fault::None, Fault::Throttled]);
    other.wire.script([Fault::Throttled; 3]);
    let (response, counters) = world.try_project(&kinesis::commits(&commits)).await;
    assert_eq!((restart(&response), counters.behind), (Some(1), 1), "only the first stream is not repeated");
}

#[tokio::test]
async fn poison_of_the_other_generation_is_counted_and_sends_no_letter() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let world = World::with(&commits).await;
    world.deliver(&commits[..2]).await;
    let (world, other) = world.and_generation();
    *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(1));
    let counters = world.deliver([&commits[2]]).await;
    assert_eq!((counters.applied, counters.behind, counters.poison), (1, 1, 0));
    assert_eq!((world.view(1), other.of_account(1)), ((3, 12), (0, 0)));
    assert!(world.letters.take().is_empty(), "the live generation has the commit");
}

#[tokio::test]
async fn poison_of_the_live_generation_sends_a_letter_although_the_other_one_has_the_commit() {
    let commits = single_event_commits(1, &[opened(), deposited(5)]);
    let (world, other) = World::with(&commits).await.and_generation();
    let replayed = world.replay(&commits[..1]).await;
    assert_eq!(replayed.stopped, []);
    *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(1));
    world.projector.views.forget(1);
    let counters = world.deliver([&commits[1]]).await;
    assert_eq!((counters.poison, counters.behind), (1, 0));
    assert_eq!((world.view(1), other.of_account(1)), ((0, 0), (2, 5)));
}

#[tokio::test]
async fn a_replay_is_done_when_both_generations_have_the_commits() {
    let commits = single_event_commits(1, &[opened(), deposited(5)]);
    let (world, other) = World::with(&commits).await.and_generation();
    other.wire.script([Fault::Throttled]);
    let replayed = world.replay(&commits).await;
    let [stopped] = replayed.stopped.as_slice() else { panic!("{replayed:?}") };
    assert_eq!((stopped.held_from, world.view(1), other.of_account(1)), (None, (2, 5), (0, 0)));
    assert_eq!(world.replay(&commits).await.stopped, []);
    assert_eq!((world.view(1), other.of_account(1)), ((2, 5), (2, 5)));
}

#[tokio::test]
async fn a_replay_that_is_held_in_both_generations_reports_the_earlier_version() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7), from_the_future()]);
    let world = World::with(&commits).await;
    world.deliver(&commits[..2]).await;
    let (world, other) = world.and_generation();
    *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(1));
    let replayed = world.replay(&commits[2..]).await;
    let [stopped] = replayed.stopped.as_slice() else { panic!("{replayed:?}") };
    assert_eq!((world.view(1), other.of_account(1)), ((3, 12), (0, 0)));
    assert_eq!(stopped.held_from, Some(StreamVersion::new(1)), "{stopped:?}");
}

#[tokio::test]
async fn the_streams_that_the_other_generation_missed_are_counted_once_for_a_batch() {
    let (world, other) = World::with(&[]).await.and_generation();
    other.wire.script([Fault::Throttled, Fault::None, Fault::Throttled]);
    let commits: Vec<_> = (1..=3).flat_map(|number| single_event_commits(number, &[deposited(5)])).collect();
    let counters = world.deliver(&commits).await;
    assert_eq!((counters.behind, world.missed.streams()), (2, 2));
    assert_eq!(world.missed.wire.requests(), ["count"]);
    world.deliver(&single_event_commits(4, &[deposited(5)])).await;
    assert_eq!(world.missed.wire.requests(), [""; 0], "a batch that misses nothing counts nothing");
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_missed_streams_are_not_counted_is_delivered_again() {
    let commits: Vec<_> = (1..=2).flat_map(|number| single_event_commits(number, &[deposited(5)])).collect();
    for fault in [Fault::Unavailable, Fault::Hangs] {
        let (world, other) = World::with(&commits).await.and_generation();
        other.wire.script([Fault::None, Fault::Throttled]);
        world.missed.wire.script([fault]);
        let (response, counters) = world.try_project(&kinesis::commits(&commits)).await;
        assert_eq!((restart(&response), counters.behind, counters.failed), (Some(1), 0, 1), "{fault:?}");
        let (response, _) = world.try_project(&kinesis::commits(&commits)).await;
        assert_eq!(
            (restart(&response), other.of_account(2)),
            (None, (1, 5)),
            "the other generation has it now"
        );
    }
}

#[tokio::test]
async fn during_a_cut_over_a_batch_is_done_when_both_generations_have_it() {
    let commits: Vec<_> = (1..=2).flat_map(|number| single_event_commits(number, &[deposited(5)])).collect();
    let (world, other) = World::with(&commits).await.and_strict_generation();
    other.wire.script([Fault::None, Fault::Throttled]);
    let (response, counters) = world.try_project(&kinesis::commits(&commits)).await;
    assert_eq!((restart(&response), counters.behind, world.missed.streams()), (Some(1), 0, 0));
    assert_eq!((world.view(2), other.of_account(2)), ((1, 5), (0, 0)));
    let (response, _) = world.try_project(&kinesis::commits(&commits)).await;
    assert_eq!((response, other.of_account(2)), (BatchResponse::default(), (1, 5)));
}

#[tokio::test]
async fn during_a_cut_over_poison_of_a_stream_that_is_delivered_again_is_not_sent_to_the_queue() {
    let commits = single_event_commits(1, &[opened(), deposited(5)]);
    let (world, other) = World::with(&commits).await.and_strict_generation();
    *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(1));
    other.wire.script([Fault::Throttled]);
    let (response, counters) = world.try_project(&kinesis::commits([&commits[1]])).await;
    assert_eq!((restart(&response), counters.poison, counters.failed), (Some(0), 0, 1));
    assert!(world.letters.take().is_empty(), "the next delivery sends the letter");
}

#[tokio::test(start_paused = true)]
async fn during_a_cut_over_a_batch_waits_for_the_other_generation_until_its_deadline() {
    let (world, other) = World::with(&[]).await.and_strict_generation();
    other.wire.script([Fault::Hangs]);
    let batch = kinesis::commits(&single_event_commits(1, &[deposited(5)]));
    let deadline = Instant::now() + EXTRA_TIME * 5;
    let (response, counters) = world.projector.project(&batch, &world.letters, deadline).await;
    assert_eq!(Instant::now(), deadline);
    assert_eq!((restart(&response), counters.behind), (Some(0), 0));
}

#[tokio::test]
async fn during_a_cut_over_poison_of_the_other_generation_is_counted_and_stops_no_batch() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let world = World::with(&commits).await;
    world.deliver(&commits[..2]).await;
    let (world, _) = world.and_strict_generation();
    *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(1));
    let counters = world.deliver([&commits[2]]).await;
    assert_eq!((counters.applied, counters.behind, world.missed.streams()), (1, 1, 1));
}
