//! Tests the redrive of dead letters.

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::Commit;
use serde_json::{Value, json};
use shop_testing::{
    confirmed, created, from_the_future, order, product, registered, shipped, single_event_commits,
};
use testing::kinesis::{self, batch};

use crate::world::{World, done, letter, reason};

const QUEUE: &str = "dead-letters";

/// Overwrites the events of `commit` in the event table.
async fn overwrite(world: &World, commit: &Commit, events: &str) {
    let key = (&*commit.stream.to_string(), AttributeValue::N(commit.first.to_string()));
    world.db.set(&world.event_table, key, "events", AttributeValue::S(events.to_owned())).await;
}

#[tokio::test]
async fn a_letter_updates_its_whole_stream_once_the_cause_is_removed() {
    let commits = single_event_commits(&order(1), &[created(), confirmed(), shipped()]);
    let world = World::with(&commits).await;
    let sound = serde_json::to_string(&commits[1].events).unwrap();
    overwrite(&world, &commits[1], "nonsense").await;
    world.redrive.dead_letters.send(&letter(&kinesis::commits(&commits), 2));

    let refused = world.redrive(QUEUE).await;
    assert!(reason(&refused[0]).contains("held at version 2: the event table cannot be read"), "{refused:?}");
    let shown = world.redrive.dead_letters.shown();
    assert_eq!((shown.len(), &shown[0]["redrive"]["number"]), (1, &json!(1)));
    assert_eq!(shown[0]["error"], "it could not be read then", "the first error stays");

    overwrite(&world, &commits[1], &sound).await;
    assert_eq!(
        world.redrive(QUEUE).await,
        [done(2, 0, 0)],
        "the commit before the corrupt one was applied before"
    );
    assert_eq!(world.versions(&order(1)).await, [[3, 0, 0]; 2]);
    assert_eq!((world.redrive.dead_letters.shown().len(), world.redrive.dead_letters.hidden()), (0, 0));
}

#[tokio::test]
async fn an_unreadable_record_goes_back_after_every_attempt() {
    let commits = single_event_commits(&order(1), &[created(), from_the_future()]);
    let world = World::with(&commits).await;
    let garbage = batch([b"nonsense".to_vec()]);
    for letter in [letter(&garbage, 0), letter(&kinesis::commits(&commits), 1)] {
        world.redrive.dead_letters.send(&letter);
    }
    for attempt in 1..=3 {
        let refused = world.redrive(QUEUE).await;
        assert!(reason(&refused[0]).contains("not a DynamoDB change record"), "{refused:?}");
        assert!(reason(&refused[1]).contains("the event at version 2 cannot be read"), "{refused:?}");
        let shown = world.redrive.dead_letters.shown();
        assert_eq!(shown.iter().map(|letter| &letter["redrive"]["number"]).collect::<Vec<_>>(), [attempt; 2]);
    }
    assert!(
        world.redrive.set_aside.take().is_empty(),
        "redriving a dead letter creates no other dead letter"
    );
}

#[tokio::test]
async fn a_letter_without_data_is_read_from_the_stream() {
    let commits = single_event_commits(&order(1), &[created()]);
    let world = World::with(&commits).await;
    let records = kinesis::commits(&commits);
    world.redrive.dead_letters.send(&without_data(letter(&records, 0)));
    world.redrive.records.retain(records);
    assert_eq!(world.redrive(QUEUE).await, [done(1, 0, 0)]);
}

#[tokio::test]
async fn a_letter_without_data_is_read_from_the_event_table_once_trimmed() {
    let mut commits = single_event_commits(&order(1), &[created()]);
    commits[0].metadata.occurred_at = "2026-10-26T06:00:00Z".parse().unwrap();
    let world = World::with(&commits).await;
    let mut letter = without_data(letter(&kinesis::commits(&commits), 0));
    letter["approximate_arrival"] = json!(1_792_994_400.35);
    world.redrive.dead_letters.send(&letter);
    assert_eq!(world.redrive(QUEUE).await, [done(1, 0, 0)]);
}

#[tokio::test]
async fn a_record_of_another_category_succeeds_without_writes() {
    let commits = single_event_commits(&product(1), &[registered()]);
    let world = World::with(&commits).await;
    world.redrive.dead_letters.send(&letter(&kinesis::commits(&commits), 0));
    assert_eq!(world.redrive(QUEUE).await, [done(0, 0, 0)]);
}

#[tokio::test]
async fn an_unknown_projection_is_named() {
    let world = World::with(&[]).await;
    let mut letter = letter(&batch([b"{}".to_vec()]), 0);
    letter["function"] = "billing".into();
    world.redrive.dead_letters.send(&letter);
    assert!(reason(&world.redrive(QUEUE).await[0]).contains("there is no projection \"billing\""));
}

fn without_data(mut letter: Value) -> Value {
    let members = letter.as_object_mut().unwrap();
    members.remove("data");
    members.insert("data_omitted".to_owned(), "too large".into());
    letter
}
