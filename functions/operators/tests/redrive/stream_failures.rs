//! Tests the redrive of batches that Lambda gave up delivering.

use shop_testing::{confirmed, created, from_the_future, order, shipped, single_event_commits};
use testing::dynamodb::Fault;
use testing::kinesis::{self, batch, insert};

use crate::doubles::Operation;
use crate::world::{ORDERS, World, done, failure, reason};

const QUEUE: &str = "stream-failures";

#[tokio::test]
async fn a_batch_is_read_from_the_stream_and_projected_into_every_generation() {
    let commits = single_event_commits(&order(1), &[created(), confirmed(), shipped()]);
    let world = World::with(&commits).await;
    world.redrive.records.retain(kinesis::commits(&commits));
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 2, 1));
    world.db.recorder().clear();
    assert_eq!(world.redrive(QUEUE).await, [done(3, 0, 0)]);
    assert_eq!(
        world.db.recorder().count("BatchGetItem"),
        2,
        "each generation is checked before the message is deleted"
    );
    assert_eq!(
        world.versions(&order(1)).await,
        [[3, 0, 0]; 2],
        "only the projection that failed processes the batch"
    );
    assert_eq!((world.redrive.stream_failures.shown().len(), world.redrive.stream_failures.hidden()), (0, 0));
}

#[tokio::test]
async fn a_batch_succeeds_after_later_commits_were_applied() {
    let commits = single_event_commits(&order(1), &[created(), confirmed(), shipped()]);
    let world = World::with(&commits).await;
    world.redrive.records.retain(kinesis::commits(&commits));
    for (first, last) in [(2, 2), (0, 1)] {
        world.redrive.stream_failures.send(&failure(ORDERS, first, last, 1));
    }
    assert_eq!(world.redrive(QUEUE).await, [done(3, 0, 0), done(0, 2, 0)]);
}

#[tokio::test]
async fn poison_in_a_batch_becomes_dead_letters_and_the_rest_is_projected() {
    let held = single_event_commits(&order(1), &[created(), from_the_future(), shipped()]);
    let sound = single_event_commits(&order(2), &[created()]);
    let world = World::with(&[held.clone(), sound.clone()].concat()).await;
    let mut data: Vec<_> = held.iter().chain(&sound).map(insert).collect();
    data.push(b"nonsense".to_vec());
    world.redrive.records.retain(batch(data));
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 4, 1));
    assert_eq!(world.redrive(QUEUE).await, [done(2, 0, 3)]);
    let mut letters = world.redrive.dead_letters.shown();
    letters.sort_by_key(|letter| letter["sequence_number"].to_string());
    let sequences: Vec<_> =
        letters.iter().map(|letter| letter["sequence_number"].as_str().unwrap()).collect();
    assert_eq!(sequences, [kinesis::sequence(1), kinesis::sequence(2), kinesis::sequence(4)]);
    assert_eq!(letters[0]["function"], "order-projection");
    assert!(letters[0]["error"].as_str().unwrap().contains("held at version 2"), "{}", letters[0]);
    assert_eq!(world.versions(&order(1)).await, [[1, 0, 0]; 2]);
    assert_eq!(world.versions(&order(2)).await, [[1, 0, 0]; 2]);
}

#[tokio::test]
async fn a_batch_stays_if_the_dead_letter_queue_fails() {
    let commits = single_event_commits(&order(1), &[created(), from_the_future()]);
    let world = World::with(&commits).await;
    world.redrive.records.retain(kinesis::commits(&commits));
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 1, 1));
    world.redrive.dead_letters.fail(&[Operation::Send]);
    assert!(reason(&world.redrive(QUEUE).await[0]).contains("the dead-letter queue did not accept a letter"));
    assert_eq!(world.redrive(QUEUE).await, [done(0, 1, 1)]);
}

#[tokio::test]
async fn a_failed_batch_goes_back_with_its_reason_and_succeeds_later() {
    let commits = single_event_commits(&order(1), &[created()]);
    let world = World::with(&commits).await;
    world.redrive.records.retain(kinesis::commits(&commits));
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 0, 1));
    for attempt in 1..=2 {
        world.db.faults().script([Fault::Throttled, Fault::Throttled]);
        assert!(reason(&world.redrive(QUEUE).await[0]).contains("throttled"));
        let shown = world.redrive.stream_failures.shown();
        assert_eq!(shown.len(), 1, "the attempts leave one message");
        assert_eq!(shown[0]["redrive"]["number"], attempt);
        assert!(shown[0]["redrive"]["reason"].as_str().unwrap().contains("throttled"), "{}", shown[0]);
    }
    assert_eq!(world.redrive(QUEUE).await, [done(1, 0, 0)]);
    assert!(world.redrive.stream_failures.shown().is_empty());
}

#[tokio::test]
async fn a_batch_stays_until_its_views_are_verified() {
    let commits = single_event_commits(&order(1), &[created()]);
    let world = World::with(&commits).await;
    world.redrive.records.retain(kinesis::commits(&commits));
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 0, 1));
    world.db.faults().script([Fault::None, Fault::None, Fault::Throttled]);
    assert!(reason(&world.redrive(QUEUE).await[0]).contains("cannot be verified"));
    assert_eq!(
        world.versions(&order(1)).await,
        [[1, 0, 0]; 2],
        "the views are written before the failed check"
    );
    assert_eq!(world.redrive(QUEUE).await, [done(0, 1, 0)]);
}

#[tokio::test]
async fn an_unknown_function_is_named() {
    let world = World::with(&[]).await;
    world.redrive.stream_failures.send(&failure("arn:aws:lambda:x:1:function:other", 0, 0, 1));
    assert!(
        reason(&world.redrive(QUEUE).await[0])
            .contains("does not contain the function arn:aws:lambda:x:1:function:other")
    );
    assert_eq!(world.redrive.stream_failures.shown().len(), 1);
}

#[tokio::test]
async fn a_batch_stays_if_the_stream_cannot_be_read() {
    let world = World::with(&[]).await;
    let mut failure = failure(ORDERS, 0, 0, 1);
    failure["KinesisBatchInfo"]["shardId"] = "shardId-000000000009".into();
    world.redrive.stream_failures.send(&failure);
    assert!(reason(&world.redrive(QUEUE).await[0]).contains("no such shard"));
}

#[tokio::test]
async fn a_malformed_message_stays() {
    let world = World::with(&[]).await;
    world.redrive.stream_failures.send(&"hello".into());
    assert!(reason(&world.redrive(QUEUE).await[0]).contains("the message cannot be read"));
    assert_eq!(world.redrive.stream_failures.shown(), ["hello"]);
}

#[tokio::test]
async fn a_message_that_the_queue_does_not_delete_stops_no_other_message() {
    let commits = single_event_commits(&order(1), &[created(), confirmed()]);
    let world = World::with(&commits).await;
    world.redrive.records.retain(kinesis::commits(&commits));
    let queue = &world.redrive.stream_failures;
    for index in 0..2 {
        queue.send(&failure(ORDERS, index, index, 1));
    }
    queue.fail(&[Operation::Delete]);
    let outcomes = world.redrive(QUEUE).await;
    assert!(reason(&outcomes[0]).contains("up to date; the message stays unchanged"), "{outcomes:?}");
    assert_eq!((&outcomes[1], queue.shown().len(), queue.hidden()), (&done(1, 0, 0), 1, 0));
    assert_eq!(world.redrive(QUEUE).await, [done(0, 1, 0)]);
}

#[tokio::test]
async fn a_failure_that_cannot_be_stored_leaves_the_message_as_it_was() {
    let world = World::with(&[]).await;
    let queue = &world.redrive.stream_failures;
    let other = "arn:aws:lambda:x:1:function:other";
    for index in 0..2 {
        queue.send(&failure(other, index, index, 1));
    }
    queue.fail(&[Operation::Send]);
    let outcomes = world.redrive(QUEUE).await;
    assert!(reason(&outcomes[0]).contains("does not contain the function"), "{outcomes:?}");
    assert_eq!((queue.shown().len(), queue.hidden()), (2, 0));
    assert!(queue.shown().contains(&failure(other, 0, 0, 1)), "the first message has no attempt");
    queue.fail(&[Operation::Send, Operation::PutBack]);
    assert_eq!(world.redrive(QUEUE).await.len(), 2);
    assert_eq!(
        (queue.shown().len(), queue.hidden()),
        (1, 1),
        "only the message that was refused stays hidden"
    );
}
