//! Replays of commits that do not come from the event stream.

use es_core::StreamVersion;
use tokio::time::Instant;

use crate::account::{
    Fault, World, account, deposited, from_the_future, of_another_category, opened, single_event_commits,
};

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

    world.wire.script([Fault::Throttled]);
    let replayed = world.replay(&single_event_commits(2, &[opened()])).await;
    let [stopped] = replayed.stopped.as_slice() else { panic!("{replayed:?}") };
    assert_eq!((stopped.held_from, stopped.reason.as_str()), (None, "the write is throttled: scripted"));

    let late = world.projector.replay(&single_event_commits(3, &[opened()]), Instant::now()).await;
    assert_eq!((late.stopped.len(), late.stopped[0].held_from), (1, None));
}
