//! A rebuild that begins again, over what the generation has.

use std::num::NonZeroU32;

use operators::rebuild::{BuildState, CompareState};
use shop_testing::{self as shop, append_all, confirmed, created, life, order};
use testing::dynamodb::Fault;
use tokio::time::Instant;

use crate::world::{World, soon};

/// A world whose generation was built, and then left out while two orders went on; its table.
async fn left_out() -> (World, String) {
    let (world, table) = World::with_table().await;
    world.build(&table).await;
    let mut missed = vec![shop::commit(&order(3), 2, vec![confirmed()])];
    missed.extend(life(&order(6), &[created(), confirmed()]));
    append_all(&world.events, &missed).await;
    world.deliver(&world.live, &missed).await;
    (world, table)
}

#[tokio::test]
async fn a_rebuild_that_is_done_stays_done_and_a_comparison_tells_what_was_missed() {
    let (world, table) = left_out().await;
    let report = world.build(&table).await;
    assert_eq!((report.state, report.progress.run), (BuildState::Done, 1));
    assert_eq!(world.compare(&table).await.state, CompareState::Different);
}

#[tokio::test]
async fn what_was_missed_is_brought_in_by_another_run() {
    let (world, table) = left_out().await;
    world.operator(&table).build.restart().await.unwrap();
    let report = world.build(&table).await;
    assert_eq!((report.progress.run, report.progress.commits), (2, shop::commits().len() as u64 + 3));
    let compared = world.compare(&table).await;
    assert_eq!((compared.state, compared.differences), (CompareState::Equal, Vec::new()));
}

#[tokio::test]
async fn another_run_has_the_segments_of_its_time() {
    let (world, table) = left_out().await;
    for segments in [1, 5] {
        let mut build = world.operator(&table).build;
        build.settings.segments = NonZeroU32::new(segments).unwrap();
        build.restart().await.unwrap();
        let report = build.run(soon()).await.unwrap();
        assert_eq!((report.state, report.progress.segments), (BuildState::Done, segments as usize));
    }
    assert_eq!(world.compare(&table).await.state, CompareState::Equal);
}

#[tokio::test]
async fn a_page_of_an_earlier_run_does_not_count_for_a_later_one() {
    let (world, table) = World::with_table().await;
    let build = world.operator(&table).build;
    build.progress.plan(build.settings.segments).await.unwrap();
    let before = build.progress.segments().await.unwrap();
    build.restart().await.unwrap();
    let late = before[0].after_page(None, 1, 0);
    assert!(build.progress.advance(&before[0], &late).await.unwrap(), "nobody else was at that segment");
    let now = build.progress.segments().await.unwrap();
    assert_eq!((now[0].run, now[0].pages, now[0].finished), (2, 0, false));
    world.build(&table).await;
    assert!(
        !build.progress.advance(&late, &late.after_page(None, 1, 0)).await.unwrap(),
        "it is another run's"
    );
    assert_eq!(world.compare(&table).await.state, CompareState::Equal);
}

#[tokio::test]
async fn another_run_that_ends_early_goes_on_and_not_from_the_run_before() {
    let (world, table) = left_out().await;
    let build = world.operator(&table).build;
    build.restart().await.unwrap();
    build.run(Instant::now()).await.unwrap_err();
    world
        .db
        .faults()
        .script(std::iter::repeat_n(Fault::None, 2).chain(std::iter::repeat_n(Fault::Throttled, 500)));
    build.run(soon()).await.unwrap_err();
    world.db.faults().clear();
    assert_eq!(build.report().await.unwrap().state, BuildState::Running);
    let report = world.build(&table).await;
    assert_eq!((report.progress.run, report.progress.commits), (2, shop::commits().len() as u64 + 3));
    assert_eq!(world.compare(&table).await.state, CompareState::Equal);
}
