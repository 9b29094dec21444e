//! Publishing again: marked, in order, and without a move of a checkpoint.

use event_bus::{PublishedEvent, Replay};
use publication::{PutError, publish_again};

use crate::world::{Fault, World, account, commits, envelope, throttled, unavailable};

#[tokio::test]
async fn events_are_published_again_with_their_mark_and_no_checkpoint_moves() {
    let all = [commits(&account(1), &[1, 2]), commits(&account(2), &[1])].concat();
    let world = World::with(&all).await;
    let replay = Replay { rule: Some("ship".to_owned()) };
    world.bus.script([Fault::Entries(vec![(3, throttled())])]);
    assert_eq!(publish_again(&world.bus, &envelope(), &all, &replay).await, Ok(4));
    let events: Vec<PublishedEvent> =
        world.bus.take().iter().map(|entry| serde_json::from_str(&entry.detail).unwrap()).collect();
    assert_eq!(events.iter().map(|event| event.version.get()).collect::<Vec<_>>(), [1, 2, 3, 1]);
    assert!(events.iter().all(|event| event.replayed && event.replayed_to.as_deref() == Some("ship")));
    assert_eq!(world.checkpoint(&account(1)).await, None);
    world.publish(&all).await;
    assert_eq!(world.bus.events().len(), 4, "the publisher has not published them");
}

#[tokio::test]
async fn a_failure_is_reported() {
    let all = commits(&account(1), &[1]);
    let world = World::with(&all).await;
    world.bus.script([Fault::Request(unavailable())]);
    let failed = publish_again(&world.bus, &envelope(), &all, &Replay::default()).await;
    assert_eq!(failed, Err(PutError::Unavailable("scripted".to_owned())));
}
