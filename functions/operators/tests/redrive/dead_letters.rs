//! Tests the redrive of dead letters.

use projection::MAX_MESSAGE_BYTES;
use serde_json::{Value, json};
use shop_testing::{
    confirmed, created, from_the_future, order, product, registered, shipped, single_event_commits,
};
use testing::kinesis::{self, batch};

use crate::world::{World, done, letter, reason};

const QUEUE: &str = "dead-letters";

#[tokio::test]
async fn a_letter_updates_its_whole_stream_once_the_cause_is_removed() {
    let commits = single_event_commits(&order(1), &[created(), confirmed(), shipped()]);
    let world = World::with(&commits).await;
    let sound = serde_json::to_string(&commits[1].events).unwrap();
    world.overwrite(&commits[1], "nonsense").await;
    world.redrive.dead_letters.send(&letter(&kinesis::commits(&commits), 2));

    let refused = world.redrive(QUEUE).await;
    assert!(reason(&refused[0]).contains("held at version 2: the event table cannot be read"), "{refused:?}");
    let shown = world.redrive.dead_letters.shown();
    assert_eq!((shown.len(), &shown[0]["redrive"]["number"]), (1, &json!(1)));
    assert_eq!(shown[0]["error"], "it could not be read then", "the first error stays");

    world.overwrite(&commits[1], &sound).await;
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
    assert_eq!(world.redrive.dead_letters.shown().len(), 2, "no redrive of a letter makes another letter");
}

/// After a restore, the commit of such a letter may be lost. Its version may have another commit in the event table.
#[tokio::test]
async fn a_letter_from_another_event_table_goes_back_and_changes_no_view() {
    let commits = single_event_commits(&order(1), &[created()]);
    let world = World::with(&commits).await;
    world.redrive.dead_letters.send(&letter(&kinesis::commits_of("damaged", &commits), 0));
    let refused = world.redrive(QUEUE).await;
    assert!(reason(&refused[0]).contains("the record is from the table damaged"), "{refused:?}");
    assert_eq!(world.versions(&order(1)).await, [[0; 3]; 2]);
    assert_eq!(world.redrive.dead_letters.shown().len(), 1, "only an operator discards the letter");
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
async fn a_letter_without_data_and_time_is_read_from_the_whole_event_table() {
    let commits = single_event_commits(&order(1), &[created()]);
    for arrival in [None, Some(0.0)] {
        let world = World::with(&commits).await;
        let mut letter = without_data(letter(&kinesis::commits(&commits), 0));
        letter.as_object_mut().unwrap().remove("approximate_arrival");
        if let Some(arrival) = arrival {
            letter["approximate_arrival"] = json!(arrival);
        }
        world.redrive.dead_letters.send(&letter);
        assert_eq!(world.redrive(QUEUE).await, [done(1, 0, 0)], "{arrival:?}");
        assert_eq!(world.versions(&order(1)).await, [[1, 0, 0]; 2]);
        assert!(world.redrive.dead_letters.shown().is_empty());
    }
}

/// A letter whose error is long and whose message has `spare` bytes left, give or take three.
fn large_letter(spare: usize) -> Value {
    let padded = |padding| {
        let (name, table) = ("x".repeat(1_500), kinesis::EVENT_TABLE);
        let change = json!({"eventName": name, "tableName": table, "dynamodb": {}}).to_string();
        letter(&batch([(change + &" ".repeat(padding)).into_bytes()]), 0)
    };
    let unpadded = padded(0).to_string().len();
    padded((MAX_MESSAGE_BYTES - spare - unpadded) / 4 * 3)
}

#[tokio::test]
async fn a_large_letter_keeps_its_attempts_without_the_reason() {
    let world = World::with(&[]).await;
    world.redrive.dead_letters.send(&large_letter(500));
    for attempt in 1..=2 {
        assert!(reason(&world.redrive(QUEUE).await[0]).contains("eventName"));
        let shown = world.redrive.dead_letters.shown();
        assert_eq!((shown.len(), &shown[0]["redrive"]["number"]), (1, &json!(attempt)));
        assert!(shown[0]["redrive"]["reason"].as_str().unwrap().starts_with("omitted"));
    }
}

#[tokio::test]
async fn a_letter_without_space_for_an_attempt_stays_unchanged() {
    let world = World::with(&[]).await;
    let letter = large_letter(20);
    world.redrive.dead_letters.send(&letter);
    assert!(reason(&world.redrive(QUEUE).await[0]).contains("eventName"));
    assert_eq!((world.redrive.dead_letters.shown(), world.redrive.dead_letters.hidden()), (vec![letter], 0));
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
