//! Tests views after the event table was restored to an earlier time. A restore makes a table with another name.

use es_core::{Commit, StreamVersion};
use operators::rebuild::{CompareState, Comparison};
use projection::ProjectionFacts;
use projections::registry;
use shop_testing::{self as shop, append_all, cancelled, confirmed, created, order, single_event_commits};
use view_store::{DynamoCheckpoints, ItemKey};

use crate::world::{PAUSE, World, beginning, in_two_minutes};

/// The commits of an order before the restored time, and those after it. The restored table lacks the latter.
fn life() -> (Vec<Commit>, Vec<Commit>) {
    let mut commits = single_event_commits(&order(6), &[created(), confirmed()]);
    let lost = commits.split_off(1);
    (commits, lost)
}

/// A world whose views have all commits of [`life`]. Its event table is then restored to the time before the lost
/// commits. Returns the name of the damaged event table too.
async fn restored() -> (World, String) {
    let mut world = World::new().await;
    let (kept, lost) = life();
    for commits in [&kept, &lost] {
        append_all(&world.events, commits).await;
        world.deliver(&world.live, commits).await;
    }
    let damaged = world.use_new_event_table().await;
    append_all(&world.events, &shop::commits()).await;
    append_all(&world.events, &kept).await;
    (world, damaged)
}

/// A commit after the restore, at the version of the lost commit.
async fn cancel(world: &World) -> [Commit; 1] {
    let commits = [shop::commit(&order(6), 2, vec![cancelled()])];
    append_all(&world.events, &commits).await;
    commits
}

/// The version of the view of the order in `table`.
async fn version(world: &World, table: &str) -> StreamVersion {
    let view = ItemKey::new(format!("order#{}", order(6).uuid()), "view");
    DynamoCheckpoints::new(world.db.client(), table).versions(&[view.into()]).await.unwrap()[0]
}

#[tokio::test]
async fn without_a_rebuild_new_commits_are_refused_loudly() {
    let (world, _) = restored().await;
    let cancelled = cancel(&world).await;
    let replayed = world.projections(&world.live).replay(&cancelled, in_two_minutes()).await;
    let stopped: Vec<_> =
        replayed.stopped.iter().map(|stopped| (stopped.projection, stopped.held_from)).collect();
    let held = Some(StreamVersion::new(2));
    let expected = ["order-projection", "history-projection", "search-projection", "analytics-projection"]
        .map(|projection| (projection, held));
    assert_eq!(stopped, expected, "every view with a checkpoint must refuse the commit");
    for stopped in &replayed.stopped {
        assert!(stopped.reason.contains("another event table"), "{}", stopped.reason);
    }
    assert_eq!(version(&world, &world.live).await, StreamVersion::new(2), "the view must stay as it was");
}

#[tokio::test]
async fn with_a_rebuilt_generation_new_commits_are_projected() {
    let (world, _) = restored().await;
    let built = world.db.query_table().await;
    world.build(&built).await;
    let report = world.compare(&built).await;
    let four_items = format!("order#{}", order(6).uuid());
    assert_eq!(report.state, CompareState::Different);
    for difference in &report.differences {
        let key = difference.key();
        assert!(
            key.pk == four_items || key.pk.starts_with("analytics#"),
            "only lost commits differ: {difference:?}"
        );
    }
    world.deliver(&built, &cancel(&world).await).await;
    assert_eq!(version(&world, &built).await, StreamVersion::new(2));
    let again = world.db.query_table().await;
    world.build(&again).await;
    let comparison = Comparison { parity: world.parity(&again, &built), pause: PAUSE };
    let report = comparison.run(beginning(), in_two_minutes()).await.unwrap();
    assert_eq!(
        (report.state, report.differences),
        (CompareState::Equal, Vec::new()),
        "equal to a rebuild afterwards"
    );
}

/// The stream can deliver a lost commit after the cut-over. Its record names the damaged table.
#[tokio::test]
async fn a_lost_commit_in_the_stream_is_refused_loudly_and_the_new_commit_at_its_version_is_projected() {
    let (world, damaged) = restored().await;
    let built = world.db.query_table().await;
    world.build(&built).await;
    let errors = world.deliver_records(&built, &damaged, &life().1).await;
    assert_eq!(errors.len(), registry::all::<ProjectionFacts>().len(), "one letter of each projection");
    for error in &errors {
        assert!(error.starts_with(&format!("the record is from the table {damaged}")), "{error}");
        assert!(error.contains("discard the dead letter"), "{error}");
    }
    assert_eq!(
        version(&world, &built).await,
        StreamVersion::new(1),
        "the lost commit must not be in the view"
    );
    let errors = world.deliver_records(&built, &world.event_table, &cancel(&world).await).await;
    assert_eq!((errors, version(&world, &built).await), (Vec::new(), StreamVersion::new(2)));
    let again = world.db.query_table().await;
    world.build(&again).await;
    let comparison = Comparison { parity: world.parity(&again, &built), pause: PAUSE };
    let report = comparison.run(beginning(), in_two_minutes()).await.unwrap();
    assert_eq!(report.state, CompareState::Equal, "equal to a rebuild afterwards: {:?}", report.differences);
}

/// Views from before timelines have none. The first write of each view adopts it.
#[tokio::test]
async fn a_view_without_a_timeline_belongs_to_every_event_table() {
    let world = World::new().await;
    let (kept, lost) = life();
    append_all(&world.events, &kept).await;
    world.deliver(&world.live, &kept).await;
    for sk in [
        "view",
        "event#00000000000000000001",
        "checkpoint#search-projection",
        "checkpoint#analytics-projection#2",
    ] {
        world.remove_timeline(&format!("order#{}", order(6).uuid()), sk).await;
    }
    append_all(&world.events, &lost).await;
    world.deliver(&world.live, &lost).await;
    assert_eq!(version(&world, &world.live).await, StreamVersion::new(2));
    let built = world.db.query_table().await;
    world.build(&built).await;
    assert_eq!(world.compare(&built).await.state, CompareState::Equal);
}
