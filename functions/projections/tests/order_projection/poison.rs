//! Poison goes to the dead-letter queue, holds back its own stream alone, and no hole is projected over.

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::Commit;
use serde_json::Value;
use testing::kinesis::{self, batch, insert, sequence};

use crate::orders::{cancelled, confirmed, created, from_the_future, life, shipped};
use crate::world::World;

/// Overwrites the events of `commit` in the event table.
async fn overwrite(world: &World, commit: &Commit, events: &str) {
    let update = world.db.client().update_item().table_name(&world.event_table);
    update
        .key("pk", AttributeValue::S(commit.stream.to_string()))
        .key("sk", AttributeValue::N(commit.first.to_string()))
        .update_expression("SET events = :events")
        .expression_attribute_values(":events", AttributeValue::S(events.to_owned()))
        .send()
        .await
        .unwrap();
}

fn sequences(letters: &[Value]) -> Vec<&str> {
    letters.iter().map(|letter| letter["sequence_number"].as_str().unwrap()).collect()
}

fn error(letter: &Value) -> &str {
    letter["error"].as_str().unwrap()
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_set_aside_and_the_rest_goes_on() {
    let order = life(1, &[created()]);
    let world = World::with(&order).await;
    let counters = world.project(&batch([b"nonsense".to_vec(), insert(&order[0])])).await;
    assert_eq!((counters.poison, counters.applied), (1, 1));
    let letters = world.projector.dead_letters.take();
    assert_eq!(sequences(&letters), [sequence(0)]);
    assert!(error(&letters[0]).starts_with("the record is not a DynamoDB change record"));
    assert_eq!(world.stands(1).await, "pending 1");
}

#[tokio::test]
async fn an_event_from_the_future_holds_back_its_stream_and_no_other() {
    let poisoned = life(1, &[created(), from_the_future(), cancelled()]);
    let sound = life(2, &[created(), confirmed()]);
    let world = World::with(&[poisoned.clone(), sound.clone()].concat()).await;
    let counters = world.deliver(poisoned.iter().chain(&sound)).await;
    assert_eq!((counters.applied, counters.poison, counters.failed), (3, 2, 0));
    assert_eq!(world.stands(1).await, "pending 1", "what is before the poison is projected");
    assert_eq!(world.stands(2).await, "confirmed 2");
    let letters = world.projector.dead_letters.take();
    assert_eq!(sequences(&letters), [sequence(1), sequence(2)]);
    for letter in &letters {
        assert!(
            error(letter).contains("held at version 2: the event at version 2 cannot be read"),
            "{letter}"
        );
    }
}

#[tokio::test]
async fn a_later_batch_is_not_projected_over_the_hole_either() {
    let order = life(1, &[created(), from_the_future(), shipped()]);
    let world = World::with(&order).await;
    world.deliver(&order[..2]).await;
    assert_eq!(world.projector.dead_letters.take().len(), 1);
    let counters = world.deliver([&order[2]]).await;
    assert_eq!((counters.applied, counters.poison), (0, 1));
    assert_eq!(world.stands(1).await, "pending 1");
    assert!(error(&world.projector.dead_letters.take()[0]).contains("held at version 2"));
}

#[tokio::test]
async fn what_a_read_brings_before_the_poison_is_projected() {
    let order = life(1, &[created(), confirmed(), from_the_future(), shipped()]);
    let world = World::with(&order).await;
    world.deliver([&order[3]]).await;
    assert_eq!(world.stands(1).await, "confirmed 2");
    assert_eq!(sequences(&world.projector.dead_letters.take()), [sequence(0)]);
}

#[tokio::test]
async fn a_corrupt_commit_holds_back_its_stream_until_it_is_mended_and_any_letter_put_back() {
    let order = life(1, &[created(), confirmed(), shipped()]);
    let world = World::with(&order).await;
    world.deliver(&order[..1]).await;
    let sound = serde_json::to_string(&order[1].events).unwrap();
    overwrite(&world, &order[1], "nonsense").await;

    let mut broken = insert(&order[1]);
    broken = String::from_utf8(broken).unwrap().replace("OrderConfirmed", "\\\"").into_bytes();
    let counters = world.project(&batch([broken, insert(&order[2])])).await;
    assert_eq!((counters.applied, counters.poison), (0, 2));
    assert_eq!(world.stands(1).await, "pending 1");
    let letters = world.projector.dead_letters.take();
    assert!(error(&letters[0]).contains("attribute events"), "{}", error(&letters[0]));
    assert!(error(&letters[1]).contains("held at version 2: the event table cannot be read"));

    overwrite(&world, &order[1], &sound).await;
    let mut again = kinesis::commits([&order[2]]);
    letters[1]["data"].as_str().unwrap().clone_into(&mut again.records[0].data);
    world.project(&again).await;
    assert_eq!(world.stands(1).await, "shipped 3");
}

#[tokio::test]
async fn a_record_broken_on_its_way_is_made_good_by_the_next_of_its_stream() {
    let order = life(1, &[created(), confirmed()]);
    let world = World::with(&order).await;
    let counters = world.project(&batch([b"{}".to_vec(), insert(&order[1])])).await;
    assert_eq!((counters.poison, counters.applied, counters.gaps), (1, 2, 1));
    assert_eq!(world.stands(1).await, "confirmed 2");
}

#[tokio::test]
async fn a_commit_behind_one_that_was_removed_is_set_aside() {
    let order = life(1, &[created(), confirmed(), shipped()]);
    let world = World::with(&[order[0].clone(), order[2].clone()]).await;
    let counters = world.deliver([&order[0], &order[2]]).await;
    assert_eq!((counters.applied, counters.poison), (1, 1));
    assert!(error(&world.projector.dead_letters.take()[0]).ends_with("no commit at version 2"));
    assert_eq!(world.stands(1).await, "pending 1");
}

#[tokio::test]
async fn a_view_that_dynamodb_would_never_take_is_set_aside() {
    let mut event = created();
    event.data["user_id"] = "u".repeat(3_000).into();
    let order = life(1, &[event, confirmed()]);
    let world = World::with(&order).await;
    let counters = world.deliver(&order).await;
    assert_eq!((counters.applied, counters.poison), (0, 2));
    assert!(error(&world.projector.dead_letters.take()[0]).contains("user_key has 3005 bytes"));
}
