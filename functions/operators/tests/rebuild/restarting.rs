//! Tests another run of a rebuild into a generation that already has items.

use std::num::NonZeroU32;
use std::time::Duration;

use operators::rebuild::{BuildState, CompareState};
use serde_json::json;
use shop_testing::{self as shop, append_all, confirmed, created, order, single_event_commits};
use testing::dynamodb::Fault;
use tokio::time::Instant;
use view_store::PageCounts;

use crate::stack::Stack;
use crate::world::{World, in_two_minutes};

/// A world with a rebuilt generation that missed the later commits of two orders. Returns the world and the
/// generation's table.
async fn with_missed_commits() -> (World, String) {
    let (world, table) = World::with_table().await;
    world.build(&table).await;
    let mut missed = vec![shop::commit(&order(3), 2, vec![confirmed()])];
    missed.extend(single_event_commits(&order(6), &[created(), confirmed()]));
    append_all(&world.events, &missed).await;
    world.deliver(&world.live, &missed).await;
    (world, table)
}

#[tokio::test]
async fn a_finished_rebuild_stays_finished_and_a_comparison_finds_missed_commits() {
    let (world, table) = with_missed_commits().await;
    let report = world.build(&table).await;
    assert_eq!((report.state, report.progress.run), (BuildState::Done, 1));
    assert_eq!(world.compare(&table).await.state, CompareState::Different);
}

#[tokio::test]
async fn another_run_adds_missed_commits() {
    let (world, table) = with_missed_commits().await;
    let report = world.build_again(&table, 2).await;
    assert_eq!((report.progress.run, report.progress.counts.commits), (2, shop::commits().len() as u64 + 3));
    let compared = world.compare(&table).await;
    assert_eq!((compared.state, compared.differences), (CompareState::Equal, Vec::new()));
}

#[tokio::test]
async fn another_run_uses_the_current_number_of_segments() {
    let (world, table) = with_missed_commits().await;
    for (run, segments) in [(2, 1), (3, 5)] {
        let mut build = world.job(&table, run);
        build.settings.segments = NonZeroU32::new(segments).unwrap();
        let report = build.run(in_two_minutes()).await.unwrap();
        assert_eq!((report.state, report.progress.segments), (BuildState::Done, segments as usize));
    }
    assert_eq!(world.compare(&table).await.state, CompareState::Equal);
}

#[tokio::test]
async fn a_page_of_an_earlier_run_does_not_advance_a_later_run() {
    let (world, table) = World::with_table().await;
    let build = world.job(&table, 1);
    build.progress.plan(build.settings.segments, 1).await.unwrap();
    let before = build.progress.segments().await.unwrap();
    build.progress.plan(build.settings.segments, 2).await.unwrap();
    let one_commit = PageCounts { commits: 1, held: 0, unreadable: 0 };
    let late = before[0].after_page(None, one_commit);
    assert!(
        build.progress.advance(&before[0], &late).await.unwrap(),
        "no other invocation has advanced the segment"
    );
    let now = build.progress.segments().await.unwrap();
    assert_eq!((now[0].run, now[0].pages, now[0].finished), (2, 0, false));
    world.build_again(&table, 2).await;
    assert!(
        !build.progress.advance(&late, &late.after_page(None, one_commit)).await.unwrap(),
        "the segment belongs to a later run"
    );
    assert_eq!(world.compare(&table).await.state, CompareState::Equal);
}

#[tokio::test]
async fn an_interrupted_second_run_continues_from_its_own_progress() {
    let (world, table) = with_missed_commits().await;
    let build = world.job(&table, 2);
    build.run(Instant::now()).await.unwrap_err();
    world
        .db
        .faults()
        .script(std::iter::repeat_n(Fault::None, 2).chain(std::iter::repeat_n(Fault::Throttled, 500)));
    build.run(in_two_minutes()).await.unwrap_err();
    world.db.faults().clear();
    assert_eq!(build.report().await.unwrap().state, BuildState::Running);
    let report = world.build_again(&table, 2).await;
    assert_eq!((report.progress.run, report.progress.counts.commits), (2, shop::commits().len() as u64 + 3));
    assert_eq!(world.compare(&table).await.state, CompareState::Equal);
}

#[tokio::test]
async fn each_run_has_the_next_number_also_in_a_table_with_runs_of_an_earlier_stack() {
    let stack = Stack::new(Duration::ZERO).await;
    stack.world.build_again(&stack.green, 7).await;
    let run = async || stack.operator.switch.load().await.unwrap().run;
    stack.ask(json!({"task": "begin"})).await;
    assert_eq!(run().await, 8);
    stack.build().await;
    stack.ask(json!({"task": "build", "restart": true})).await;
    assert_eq!(run().await, 9);
}
