//! Tests the rebuild.

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::StreamVersion;
use operators::rebuild::{BuildError, CompareState, RebuildRequest};
use shop_testing::{
    self as shop, append_all, cancelled, confirmed, created, from_the_future, order, single_event_commits,
};
use testing::dynamodb::Fault;
use tokio::time::Instant;
use view_store::{DynamoCheckpoints, view_key};
use views::OrderView;

use crate::world::{World, in_two_minutes};

#[tokio::test]
async fn a_rebuilt_generation_equals_the_live_one() {
    let (world, built) = World::with_table().await;
    let report = world.build(&built).await;
    assert_eq!(report.progress.counts.commits, shop::commits().len() as u64);
    assert_eq!((report.progress.segments, report.progress.finished, report.progress.counts.held), (3, 3, 0));
    let compared = world.compare(&built).await;
    assert_eq!((compared.state, compared.differences), (CompareState::Equal, Vec::new()));
    assert!(compared.compared > 40, "{} items and counters", compared.compared);
}

#[tokio::test]
async fn a_finished_rebuild_reads_only_its_progress() {
    let (world, built) = World::with_table().await;
    world.build(&built).await;
    world.db.recorder().clear();
    world.build(&built).await;
    assert_eq!(world.db.recorder().requests(), ["PutItem", "Query"]);
}

#[tokio::test]
async fn commits_of_the_live_stream_are_not_applied_again() {
    let (world, built) = World::with_table().await;
    let ahead = shop::commits();
    world.deliver(&built, &ahead[..2]).await;
    world.deliver(&built, &ahead[5..]).await;
    world.build(&built).await;
    assert_eq!(world.compare(&built).await.state, CompareState::Equal);
}

#[tokio::test]
async fn the_live_stream_may_be_ahead_of_the_rebuild() {
    let (world, built) = World::with_table().await;
    let later = shop::commit(&order(3), 2, vec![confirmed()]);
    append_all(&world.events, std::slice::from_ref(&later)).await;
    for table in [&world.live, &built] {
        world.deliver(table, std::slice::from_ref(&later)).await;
    }
    world.build(&built).await;
    assert_eq!(world.compare(&built).await.state, CompareState::Equal);
}

#[tokio::test]
async fn a_passed_deadline_loses_no_progress() {
    let (world, built) = World::with_table().await;
    let error = world.job(&built, 1).run(Instant::now()).await.unwrap_err();
    assert!(matches!(&error, BuildError::Stuck(reason) if reason.contains("time was up")), "{error}");
    world.build(&built).await;
    assert_eq!(world.compare(&built).await.state, CompareState::Equal);
}

#[tokio::test]
async fn an_unreadable_stream_is_counted_and_the_other_streams_are_built() {
    let world = World::new().await;
    let poisoned = single_event_commits(&order(4), &[created(), from_the_future(), cancelled()]);
    append_all(&world.events, &poisoned).await;
    let built = world.db.query_table().await;
    let report = world.build(&built).await;
    assert_eq!(report.progress.counts.held, 4, "each of the four order projections holds the stream");
    let report = world.compare(&built).await;
    assert_eq!(report.state, CompareState::Different);
    let four = format!("order#{}", order(4).uuid());
    assert!(
        report.differences.iter().all(|difference| {
            difference.key().pk == four
                || difference.key().pk.starts_with("word#")
                || difference.key().pk.starts_with("analytics#")
        }),
        "{:?}",
        report.differences
    );
}

#[tokio::test]
async fn a_rebuild_continues_after_the_table_was_throttled() {
    let (world, built) = World::with_table().await;
    let job = world.job(&built, 1);
    let after_the_plan = [Fault::None, Fault::None];
    world.db.faults().script(after_the_plan.into_iter().chain(std::iter::repeat_n(Fault::Throttled, 500)));
    let error = job.run(in_two_minutes()).await.unwrap_err();
    assert!(matches!(&error, BuildError::Stuck(reason) if reason.contains("throttled")), "{error}");
    world.db.faults().clear();
    world.build(&built).await;
    assert_eq!(world.compare(&built).await.state, CompareState::Equal);
}

#[tokio::test]
async fn items_that_are_not_commits_are_counted_and_everything_else_is_built() {
    let (world, built) = World::with_table().await;
    let commits = shop::commits().len() as u64;
    let mut others: Vec<_> = (200..239).map(|number| (order(number).to_string(), "1")).collect();
    others.push(("settings".to_owned(), "0"));
    for (partition_key, sort_key) in others {
        let key = (&*partition_key, AttributeValue::N(sort_key.to_owned()));
        world.db.set(&world.event_table, key, "note", AttributeValue::S("by hand".to_owned())).await;
    }
    let report = world.build(&built).await;
    let counts = report.progress.counts;
    assert_eq!((counts.commits, counts.held, counts.unreadable), (commits, 0, 40));
    assert_eq!(world.compare(&built).await.state, CompareState::Equal);
    let stored = world.job(&built, 1).report().await.unwrap();
    assert_eq!(stored.progress.counts, counts, "the counts are stored");
    assert_eq!(serde_json::to_value(&stored).unwrap()["unreadable"], 40);
}

#[tokio::test]
async fn an_unreadable_item_in_a_stream_holds_the_commits_after_it() {
    let (world, built) = World::with_table().await;
    let damaged = single_event_commits(&order(4), &[created(), confirmed(), cancelled()]);
    append_all(&world.events, &damaged).await;
    let key = (&*order(4).to_string(), AttributeValue::N("2".to_owned()));
    world.db.set(&world.event_table, key, "events", AttributeValue::S("nonsense".to_owned())).await;
    let report = world.build(&built).await;
    let counts = report.progress.counts;
    assert_eq!(
        (counts.held, counts.unreadable),
        (4, 1),
        "each of the four order projections holds the stream"
    );
    let views = DynamoCheckpoints::new(world.db.client(), &built);
    let version = views.versions(&[view_key::<OrderView>(&order(4)).into()]).await.unwrap();
    assert_eq!(version, [StreamVersion::new(1)], "the commit before the item is in the view");
}

#[test]
fn invalid_requests_are_refused_with_the_reason() {
    let refusal = |text| serde_json::from_str::<RebuildRequest>(text).unwrap_err().to_string();
    assert!(refusal("{}").contains("missing field `task`"));
    assert!(refusal(r#"{"task": "erase"}"#).contains("unknown variant `erase`, expected one of `begin`"));
    assert!(refusal(r#"{"task": "build", "fast": true}"#).contains("unknown field `fast`"));
}
