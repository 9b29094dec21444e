//! Tests the tasks `list` and `discard`.

use std::collections::BTreeSet;

use operators::redrive::{ListedMessage, RedriveReport};
use serde_json::{Value, json};
use shop_testing::{created, order, single_event_commits};
use testing::kinesis;
use testing::kinesis::{batch, sequence};

use crate::doubles::Operation;
use crate::world::{ORDERS, World, failure, letter};

async fn list(world: &World, queue: &str, max: usize) -> Vec<ListedMessage> {
    match world.ask(json!({"task": "list", "queue": queue, "max": max})).await {
        RedriveReport::List { messages, .. } => messages,
        report => panic!("{report:?}"),
    }
}

#[tokio::test]
async fn a_list_shows_letters_without_data_and_keeps_them() {
    let world = World::with(&[]).await;
    let commits = single_event_commits(&order(1), &[created()]);
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
        assert_eq!((&letter.redrive, &nonsense.redrive), (&None, &None), "there was no attempt");
        assert!(!serde_json::to_string(letter).unwrap().contains("data"), "{letter:?}");
    }
    assert_eq!((world.redrive.dead_letters.shown().len(), world.redrive.dead_letters.hidden()), (2, 0));
}

#[tokio::test]
async fn a_list_shows_the_position_and_attempts_of_batches() {
    let world = World::with(&[]).await;
    let mut document = failure(ORDERS, 3, 5, 1);
    document["redrive"] = json!({"number": 2, "reason": "throttled"});
    world.redrive.stream_failures.send(&document);
    world.redrive.stream_failures.send(&document);
    let messages = list(&world, "stream-failures", 1).await;
    assert_eq!(messages.len(), 1, "the list has at most `max` messages");
    let json = serde_json::to_value(&messages[0]).unwrap();
    assert_eq!(
        (json["projection"].as_str(), json["error"].as_str()),
        (Some("order-projection"), Some("RetryAttemptsExhausted"))
    );
    assert_eq!((json["records"].as_u64(), json["redrive"]["number"].as_u64()), (Some(3), Some(2)));
    assert_eq!(json["first_sequence_number"], kinesis::sequence(3));
    assert_eq!(world.redrive.stream_failures.shown(), [document.clone(), document]);
}

/// Discards `ids` from `queue`. Returns the discarded messages and the ids that were not found.
async fn discard(world: &World, queue: &str, ids: &[&str]) -> (Vec<ListedMessage>, Vec<String>) {
    let task = json!({"task": "discard", "queue": queue, "ids": ids, "reason": "put there by hand"});
    match world.ask(task).await {
        RedriveReport::Discard { discarded, missing, reason, .. } => {
            assert_eq!(reason.as_str(), "put there by hand");
            (discarded, missing)
        }
        report => panic!("{report:?}"),
    }
}

#[tokio::test]
async fn only_the_named_letters_are_discarded() {
    let world = World::with(&[]).await;
    let garbage = batch([b"one".to_vec(), b"two".to_vec()]);
    let ids = [0, 1].map(|index| world.redrive.dead_letters.send(&letter(&garbage, index)));
    let (discarded, missing) = discard(&world, "dead-letters", &[&ids[1]]).await;
    assert_eq!((discarded.len(), missing), (1, Vec::new()));
    assert_eq!((&discarded[0].id, &discarded[0].about["sequence_number"]), (&ids[1], &json!(sequence(1))));
    assert_eq!(discarded[0].error, "it could not be read then", "the report keeps the message's error");
    let left = world.redrive.dead_letters.shown();
    assert_eq!((left.len(), &left[0]["sequence_number"]), (1, &json!(sequence(0))));
    assert_eq!(world.redrive.dead_letters.hidden(), 0);
}

#[tokio::test]
async fn a_discard_puts_all_other_messages_back() {
    let world = World::with(&[]).await;
    let queue = &world.redrive.stream_failures;
    let ids: Vec<_> = (0..35).map(|index| queue.send(&failure(ORDERS, index, index, 1))).collect();
    let (discarded, missing) = discard(&world, "stream-failures", &[&ids[34], "nobody", &ids[11]]).await;
    let found: BTreeSet<_> = discarded.iter().map(|listed| &listed.id).collect();
    assert_eq!((found, missing), (BTreeSet::from([&ids[11], &ids[34]]), vec!["nobody".to_owned()]));
    assert_eq!((queue.shown().len(), queue.hidden()), (33, 0));
}

#[tokio::test]
async fn an_unreadable_message_can_be_discarded() {
    let world = World::with(&[]).await;
    let id = world.redrive.dead_letters.send(&"hello".into());
    let (discarded, _) = discard(&world, "dead-letters", &[&id]).await;
    assert!(discarded[0].error.contains("cannot be read"), "{discarded:?}");
    assert_eq!((world.redrive.dead_letters.shown().len(), world.redrive.dead_letters.hidden()), (0, 0));
}

#[tokio::test]
async fn a_queue_that_refuses_one_message_gets_the_others_back() {
    let world = World::with(&[]).await;
    let queue = &world.redrive.stream_failures;
    let ids: Vec<_> = (0..5).map(|index| queue.send(&failure(ORDERS, index, index, 1))).collect();
    queue.fail(&[Operation::PutBack]);
    let list = json!({"task": "list", "queue": "stream-failures"});
    assert!(world.try_ask(list).await.is_err());
    assert_eq!((queue.shown().len(), queue.hidden()), (4, 1));
    queue.fail(&[Operation::Delete]);
    let discard =
        json!({"task": "discard", "queue": "stream-failures", "ids": [ids[1], ids[3]], "reason": "test"});
    assert!(world.try_ask(discard).await.is_err());
    assert_eq!((queue.shown().len(), queue.hidden()), (3, 1), "the other message was deleted");
}

#[tokio::test]
async fn a_discard_ends_when_it_has_found_every_message_or_fails() {
    let world = World::with(&[]).await;
    let queue = &world.redrive.stream_failures;
    let ids: Vec<_> = (0..12).map(|number| queue.send(&json!(number))).collect();
    let (discarded, _) = discard(&world, "stream-failures", &[&ids[0]]).await;
    assert_eq!(discarded.len(), 1);
    // The messages that were received are behind the others.
    let numbers = |shown: Vec<Value>| shown.iter().map(|body| body.as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers(queue.shown()), [10, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    queue.fail(&[Operation::Delete]);
    let task =
        json!({"task": "discard", "queue": "stream-failures", "ids": [ids[10], ids[9]], "reason": "test"});
    assert!(world.try_ask(task).await.is_err());
    assert_eq!(queue.shown().len(), 11, "the message after the failure stays");
}

#[tokio::test]
async fn a_discard_searches_ten_thousand_messages() {
    let world = World::with(&[]).await;
    let queue = &world.redrive.stream_failures;
    for number in 0..=10_000 {
        queue.send(&json!(number));
    }
    let (discarded, missing) = discard(&world, "stream-failures", &["nobody"]).await;
    assert_eq!((discarded.len(), missing), (0, vec!["nobody".to_owned()]));
    assert_eq!(queue.shown()[..2], [json!(10_000), json!(0)]);
}
