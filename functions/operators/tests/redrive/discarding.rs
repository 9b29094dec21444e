//! Messages deleted for good.

use std::collections::BTreeSet;

use operators::redrive::{Listed, Report};
use serde_json::json;
use testing::kinesis::{batch, sequence};

use crate::world::{ORDERS, World, failure, letter};

/// Discards `ids` of `queue`: what was discarded, and the ids that were not found.
async fn discard(world: &World, queue: &str, ids: &[&str]) -> (Vec<Listed>, Vec<String>) {
    let task = json!({"task": "discard", "queue": queue, "ids": ids, "reason": "put there by hand"});
    match world.ask(task).await {
        Report::Discard { discarded, missing, reason, .. } => {
            assert_eq!(reason.as_str(), "put there by hand");
            (discarded, missing)
        }
        report => panic!("{report:?}"),
    }
}

#[tokio::test]
async fn the_letters_that_are_named_go_and_no_other() {
    let world = World::with(&[]).await;
    let garbage = batch([b"one".to_vec(), b"two".to_vec()]);
    let ids = [0, 1].map(|index| world.redrive.dead_letters.send(&letter(&garbage, index)));
    let (discarded, missing) = discard(&world, "dead-letters", &[&ids[1]]).await;
    assert_eq!((discarded.len(), missing), (1, Vec::new()));
    assert_eq!((&discarded[0].id, &discarded[0].about["sequence_number"]), (&ids[1], &json!(sequence(1))));
    assert_eq!(discarded[0].error, "it could not be read then", "the report keeps why it was there");
    let left = world.redrive.dead_letters.shown();
    assert_eq!((left.len(), &left[0]["sequence_number"]), (1, &json!(sequence(0))));
    assert_eq!(world.redrive.dead_letters.hidden(), 0);
}

#[tokio::test]
async fn they_are_found_behind_many_others_which_all_come_back() {
    let world = World::with(&[]).await;
    let queue = &world.redrive.stream_failures;
    let ids: Vec<_> = (0..35).map(|index| queue.send(&failure(ORDERS, index, index, 1))).collect();
    let (discarded, missing) = discard(&world, "stream-failures", &[&ids[34], "nobody", &ids[11]]).await;
    let found: BTreeSet<_> = discarded.iter().map(|listed| &listed.id).collect();
    assert_eq!((found, missing), (BTreeSet::from([&ids[11], &ids[34]]), vec!["nobody".to_owned()]));
    assert_eq!((queue.shown().len(), queue.hidden()), (33, 0));
}

#[tokio::test]
async fn what_cannot_even_be_read_can_be_discarded() {
    let world = World::with(&[]).await;
    let id = world.redrive.dead_letters.send(&"hello".into());
    let (discarded, _) = discard(&world, "dead-letters", &[&id]).await;
    assert!(discarded[0].error.contains("cannot be read"), "{discarded:?}");
    assert_eq!((world.redrive.dead_letters.shown().len(), world.redrive.dead_letters.hidden()), (0, 0));
}
