//! What is shown of a queue.

use operators::redrive::{Listed, Report};
use serde_json::json;
use shop_testing::{created, life, order};
use testing::kinesis;

use crate::world::{ORDERS, World, failure, letter};

async fn list(world: &World, queue: &str, max: usize) -> Vec<Listed> {
    match world.ask(json!({"task": "list", "queue": queue, "max": max})).await {
        Report::List { messages, .. } => messages,
        report => panic!("{report:?}"),
    }
}

#[tokio::test]
async fn letters_are_shown_without_their_data_and_stay() {
    let world = World::with(&[]).await;
    let commits = life(&order(1), &[created()]);
    world.redrive.dead_letters.send(&letter(&kinesis::commits(&commits), 0));
    world.redrive.dead_letters.send(&"hello".into());
    for _ in 0..2 {
        let mut messages = list(&world, "dead-letters", 10).await;
        messages.sort_by(|one, other| other.projection.cmp(&one.projection));
        let [letter, nonsense] = messages.as_slice() else { panic!("{messages:?}") };
        assert_eq!(
            (letter.projection.as_str(), letter.error.as_str()),
            ("order-projection", "it could not be read then")
        );
        assert_eq!(letter.about["sequence_number"], kinesis::sequence(0));
        assert!(nonsense.error.contains("cannot be read"));
        assert!(!serde_json::to_string(letter).unwrap().contains("data"), "{letter:?}");
    }
    assert_eq!((world.redrive.dead_letters.shown().len(), world.redrive.dead_letters.hidden()), (2, 0));
}

#[tokio::test]
async fn batches_are_shown_with_their_place_and_earlier_attempts() {
    let world = World::with(&[]).await;
    let mut document = failure(ORDERS, 3, 5, 1);
    document["redrive"] = json!({"number": 2, "reason": "throttled"});
    world.redrive.stream_failures.send(&document);
    world.redrive.stream_failures.send(&document);
    let messages = list(&world, "stream-failures", 1).await;
    assert_eq!(messages.len(), 1, "no more than asked for");
    let json = serde_json::to_value(&messages[0]).unwrap();
    assert_eq!(
        (json["projection"].as_str(), json["error"].as_str()),
        (Some("order-projection"), Some("RetryAttemptsExhausted"))
    );
    assert_eq!((json["records"].as_u64(), json["redrive"]["number"].as_u64()), (Some(3), Some(2)));
    assert_eq!(json["first_sequence_number"], kinesis::sequence(3));
    assert_eq!(world.redrive.stream_failures.shown(), [document.clone(), document]);
}
