//! Late, early, repeated and lost deliveries result in the same view.

use futures::future::join_all;
use projection::Counters;
use testing::kinesis;

use crate::account::{World, commit, deposited, of_another_category, opened, renamed, single_event_commits};

#[tokio::test]
async fn a_batch_takes_one_write_for_each_stream_and_the_counters_are_sums_over_the_streams() {
    let world = World::with(&[]).await;
    let one = single_event_commits(1, &[opened(), deposited(5), renamed()]);
    let two = single_event_commits(2, &[opened(), deposited(7)]);
    let elsewhere = of_another_category();
    let commits = [&one[2], &two[1], &one[0], &elsewhere, &one[1], &one[1], &two[0]];
    let counters = world.deliver(commits).await;
    assert_eq!(world.wire.requests(), ["write", "write"]);
    let expected =
        Counters { records: 7, streams: 2, applied: 5, duplicates: 1, ignored: 1, ..Counters::default() };
    assert_eq!(counters, expected);
    assert_eq!((world.view(1), world.view(2)), ((3, 5), (2, 7)));
}

#[tokio::test]
async fn a_gap_is_filled_with_one_read_of_the_event_table() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let world = World::with(&commits).await;
    let counters = world.deliver([&commits[2]]).await;
    assert_eq!(world.wire.requests(), ["write", "read", "write"]);
    assert_eq!(counters, Counters { records: 1, streams: 1, applied: 3, gaps: 1, ..Counters::default() });
    assert_eq!(world.view(1), (3, 12));

    let counters = world.deliver([&commits[0], &commits[1]]).await;
    assert_eq!(
        (counters.applied, counters.duplicates),
        (0, 2),
        "the view must already include the late commits"
    );
}

#[tokio::test]
async fn a_gap_inside_a_batch_is_filled() {
    let commits = single_event_commits(1, &[opened(), deposited(5), renamed(), deposited(7)]);
    let world = World::with(&commits).await;
    let counters = world.deliver([&commits[0], &commits[3]]).await;
    assert_eq!(world.wire.requests(), ["write", "read", "write"]);
    assert_eq!((counters.applied, counters.gaps), (4, 1));
    assert_eq!(world.view(1), (4, 12));
}

#[tokio::test]
async fn only_newer_commits_are_applied_if_the_view_includes_a_part_of_the_batch() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let world = World::with(&commits).await;
    world.deliver(&commits[..2]).await;
    world.wire.requests();
    let counters = world.deliver(&commits).await;
    assert_eq!(world.wire.requests(), ["write", "write"], "no read must be needed");
    assert_eq!((counters.applied, counters.duplicates, counters.gaps), (1, 2, 0));
    assert_eq!(world.view(1), (3, 12));
}

#[tokio::test]
async fn a_view_that_is_far_behind_catches_up_page_by_page() {
    // Each commit has two events, so the pages end between the versions of no commit.
    let commits: Vec<_> =
        (0..251).map(|number| commit(1, 2 * number + 1, vec![deposited(5), deposited(7)])).collect();
    let world = World::with(&commits).await;
    let counters = world.deliver([&commits[250]]).await;
    assert_eq!((counters.applied, counters.gaps), (251, 3));
    assert_eq!(world.view(1), (502, 251 * 12));
}

#[tokio::test]
async fn a_commit_that_does_not_concern_the_view_moves_the_checkpoint() {
    let world = World::with(&[]).await;
    let counters = world.deliver(&single_event_commits(1, &[deposited(5), renamed()])).await;
    assert_eq!((counters.applied, counters.poison), (2, 0));
    assert_eq!(world.view(1), (2, 5));
}

#[tokio::test]
async fn concurrent_projections_of_one_stream_result_in_one_view() {
    let commits =
        single_event_commits(1, &[deposited(1), deposited(2), deposited(3), renamed(), deposited(4)]);
    let world = World::with(&commits).await;
    let batches: Vec<_> = commits.iter().rev().map(|commit| kinesis::commits([commit])).collect();
    let counters = join_all(batches.iter().map(|batch| world.project(batch))).await;
    assert_eq!(
        counters.iter().map(|counters| counters.applied).sum::<u64>(),
        5,
        "each commit must be applied once"
    );
    assert_eq!(world.view(1), (5, 10));
}

#[tokio::test]
async fn generations_at_different_versions_result_in_the_same_view() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let world = World::with(&commits).await;
    world.deliver(&commits[..2]).await;
    let (world, other) = world.and_generation();
    world.deliver([&commits[2]]).await;
    assert_eq!((world.view(1), other.of_account(1)), ((3, 12), (3, 12)));
}
