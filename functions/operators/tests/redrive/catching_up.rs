//! Tests the task `catch-up`.

use serde_json::json;
use shop_testing::{commits_of, confirmed, created, from_the_future, order, single_event_commits};

use crate::world::{World, done, reason};

#[tokio::test]
async fn every_view_of_a_stream_is_brought_up_to_date() {
    let mut events = vec![confirmed(); 450];
    events[0] = created();
    // The 225 commits take two pages.
    let world = World::with(&commits_of(&order(1), 2, &events)).await;
    let worked = world.catch_up(&[order(1)]).await;
    assert_eq!((worked[0].id.clone(), &worked[0].outcome), (order(1).to_string(), &done(4 * 225, 0, 0)));
    assert_eq!(world.versions(&order(1)).await, [[450, 450, 450]; 2]);
    assert_eq!(
        world.catch_up(&[order(1)]).await[0].outcome,
        done(0, 4 * 225, 0),
        "each commit is a duplicate"
    );
}

#[tokio::test]
async fn a_stream_that_cannot_be_updated_is_reported() {
    let world = World::with(&single_event_commits(&order(1), &[created(), from_the_future()])).await;
    let worked = world.catch_up(&[order(1), order(2)]).await;
    assert!(reason(&worked[0].outcome).contains("cannot be read"), "{worked:?}");
    assert_eq!(reason(&worked[1].outcome), "there is no such stream");
}

#[tokio::test]
async fn the_commits_before_a_corrupt_item_are_projected() {
    let mut events = vec![confirmed(); 205];
    events[0] = created();
    let commits = single_event_commits(&order(1), &events);
    for corrupt in [1, 130, 203] {
        let world = World::with(&commits).await;
        world.overwrite(&commits[corrupt - 1], "nonsense").await;
        let worked = world.catch_up(&[order(1)]).await;
        assert!(reason(&worked[0].outcome).contains("is not a commit"), "version {corrupt}: {worked:?}");
        let before = corrupt as u64 - 1;
        assert_eq!(world.versions(&order(1)).await, [[before; 3]; 2], "version {corrupt} is corrupt");
    }
}

#[tokio::test]
async fn a_letter_about_a_stream_projects_the_commits_before_a_corrupt_item() {
    let mut events = vec![confirmed(); 60];
    events[0] = created();
    let commits = single_event_commits(&order(1), &events);
    let world = World::with(&commits).await;
    world.overwrite(&commits[49], "nonsense").await;
    let letter = json!({"error": "held", "function": "order-projection", "stream": order(1), "held_from": 2});
    world.redrive.dead_letters.send(&letter);
    assert!(reason(&world.redrive("dead-letters").await[0]).contains("is not a commit"));
    assert_eq!(world.versions(&order(1)).await, [[49, 0, 0]; 2]);
}
