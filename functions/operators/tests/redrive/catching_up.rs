//! Tests the task `catch-up`.

use operators::redrive::{RedriveReport, WorkResult};
use serde_json::json;
use shop_testing::{confirmed, created, from_the_future, order, single_event_commits};

use crate::world::{World, done, reason};

async fn catch_up(world: &World, numbers: &[u128]) -> Vec<WorkResult> {
    let streams: Vec<_> = numbers.iter().map(|number| order(*number)).collect();
    match world.ask(json!({"task": "catch-up", "streams": streams})).await {
        RedriveReport::Work { worked, .. } => worked,
        report => panic!("{report:?}"),
    }
}

#[tokio::test]
async fn every_view_of_a_stream_is_brought_up_to_date() {
    let mut events = vec![confirmed(); 250];
    events[0] = created();
    let world = World::with(&single_event_commits(&order(1), &events)).await;
    let worked = catch_up(&world, &[1]).await;
    assert_eq!((worked[0].id.clone(), &worked[0].outcome), (order(1).to_string(), &done(4 * 250, 0, 0)));
    assert_eq!(world.versions(&order(1)).await, [[250, 250, 250]; 2]);
}

#[tokio::test]
async fn a_stream_that_cannot_be_updated_is_reported() {
    let world = World::with(&single_event_commits(&order(1), &[created(), from_the_future()])).await;
    let worked = catch_up(&world, &[1, 2]).await;
    assert!(reason(&worked[0].outcome).contains("cannot be read"), "{worked:?}");
    assert_eq!(reason(&worked[1].outcome), "there is no such stream");
}
