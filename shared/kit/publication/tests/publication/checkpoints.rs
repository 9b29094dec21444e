//! The checkpoints: they move after the events, under a condition, and only within one event table.

use aws_sdk_dynamodb::types::AttributeValue;
use publication::Publisher;
use testing::StoppedClock;
use testing::dynamodb::Fault;

use crate::world::{World, account, commits, envelope};

#[tokio::test]
async fn a_crash_between_publishing_and_the_checkpoint_publishes_twice_and_skips_none() {
    let all = commits(&account(1), &[1, 1]);
    let world = World::with(&all).await;
    world.db.faults().script([Fault::None, Fault::NotSent]);
    assert_eq!(world.deliver([&all[0]]).await.0, Some(0));
    assert_eq!((world.bus.events(), world.reached(&account(1)).await), (vec![(account(1), 1)], 0));
    world.publish(&all).await;
    assert_eq!(world.bus.events(), [(account(1), 1), (account(1), 2)]);
}

#[tokio::test]
async fn a_checkpoint_whose_answer_is_lost_is_recognised() {
    let all = commits(&account(1), &[1, 1]);
    let world = World::with(&all).await;
    world.db.faults().script([Fault::None, Fault::LostAnswer]);
    assert_eq!(world.deliver(&all).await.0, Some(0));
    world.bus.take();
    let again = world.publish(&all).await;
    assert_eq!((again.applied, again.duplicates), (0, 2));
    assert_eq!(world.bus.events(), []);
}

#[tokio::test]
async fn nothing_is_published_while_the_checkpoints_cannot_be_read() {
    let all = [commits(&account(1), &[1]), commits(&account(2), &[1])].concat();
    let world = World::with(&all).await;
    world.db.faults().script([Fault::Throttled]);
    let (restart, counters) = world.deliver(&all).await;
    assert_eq!((restart, counters.failed), (Some(0), 2));
    assert_eq!(world.bus.events(), []);
    world.publish(&all).await;
    assert_eq!(world.bus.events().len(), 2);
}

#[tokio::test]
async fn two_publishers_of_one_stream_skip_no_event() {
    let all = commits(&account(1), &[1, 1, 1]);
    let world = World::with(&all).await;
    let other = Publisher::new(
        world.events.clone(),
        world.bus.clone(),
        envelope(),
        world.table.clone(),
        StoppedClock::shared(),
    );
    let other = World { publisher: other, ..World::with(&[]).await };
    tokio::join!(world.publish(&all[..2]), other.publish(&all[1..]));
    world.publish(&all).await;
    let mut versions = world.bus.versions().remove(&account(1)).unwrap();
    assert_eq!(versions.iter().max(), Some(&3));
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions, [1, 2, 3]);
    assert_eq!(world.reached(&account(1)).await, 3);
}

/// A restored event table begins another history at some version of each stream. Which one is not known, so the stream is
/// published from its beginning.
#[tokio::test]
async fn a_stream_of_another_event_table_is_published_from_its_beginning() {
    let all = commits(&account(1), &[1, 1, 1]);
    let world = World::with(&all).await;
    for (name, value) in [
        ("version", AttributeValue::N("7".to_owned())),
        ("timeline", AttributeValue::S("another table".to_owned())),
    ] {
        let key = (account(1).to_string(), AttributeValue::S("published".to_owned()));
        world.db.set(&world.table.name, (&key.0, key.1), name, value).await;
    }
    world.publish([&all[2]]).await;
    assert_eq!(world.bus.versions()[&account(1)], [1, 2, 3]);
    let expected = Some((3, testing::kinesis::EVENT_TABLE.to_owned()));
    assert_eq!(world.checkpoint(&account(1)).await, expected);
    let again = world.publish(&all).await;
    assert_eq!(again.duplicates, 3);
    assert_eq!(world.bus.events(), []);
}
