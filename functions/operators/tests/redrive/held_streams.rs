//! Tests the dead letters about streams: what holds a stream while the event table is read, and the redrive of the
//! letters.

use es_core::Commit;
use operators::redrive::{RedriveOutcome, RedriveReport};
use serde_json::{Value, json};
use shop_testing::{confirmed, created, from_the_future, order, product, shipped, single_event_commits};
use testing::kinesis;

use crate::doubles::Operation;
use crate::world::{ORDERS, World, done, failure, reason};

const BATCHES: &str = "stream-failures";
const LETTERS: &str = "dead-letters";

/// A stream that is held at version 2, between sound streams.
fn held_and_sound() -> (Vec<Commit>, Vec<Commit>) {
    let held = single_event_commits(&order(2), &[created(), from_the_future(), shipped()]);
    let sound =
        [1, 3, 4, 5].into_iter().flat_map(|number| single_event_commits(&order(number), &[created()]));
    let all = sound.chain(held.clone()).collect();
    (held, all)
}

fn events(commit: &Commit) -> String {
    serde_json::to_string(&commit.events).unwrap()
}

#[tokio::test]
async fn a_held_stream_becomes_one_letter_and_stops_no_other_stream() {
    let (_, commits) = held_and_sound();
    let world = World::with(&commits).await;
    // The pass of each batch finds the stream.
    for _ in 0..2 {
        world.redrive.stream_failures.send(&failure(ORDERS, 0, 99, 2));
    }
    assert_eq!(world.redrive(BATCHES).await, [done(5, 0, 1), done(0, 5, 0)]);
    for number in 1..=5 {
        assert_eq!(world.versions(&order(number)).await, [[1, 0, 0]; 2], "order {number}");
    }
    let letters = world.redrive.dead_letters.shown();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(
        (&letter["stream"], &letter["held_from"], &letter["function"]),
        (&json!(order(2)), &json!(2), &json!("order-projection"))
    );
    assert!(letter["error"].as_str().unwrap().contains("the event at version 2 cannot be read"), "{letter}");
    assert_eq!((world.redrive.stream_failures.shown().len(), world.redrive.stream_failures.hidden()), (0, 0));
}

#[tokio::test]
async fn a_letter_about_a_stream_is_listed_tried_and_ends_when_the_stream_is_readable() {
    let (held, commits) = held_and_sound();
    let world = World::with(&commits).await;
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 6, 2));
    assert_eq!(world.redrive(BATCHES).await, [done(5, 0, 1)]);

    assert!(reason(&world.redrive(LETTERS).await[0]).contains("the event at version 2 cannot be read"));
    let RedriveReport::List { messages, .. } = world.ask(json!({"task": "list", "queue": LETTERS})).await
    else {
        panic!("no list")
    };
    assert_eq!(messages[0].projection, "order-projection");
    assert_eq!(messages[0].about, json!({"stream": order(2), "held_from": 2}));
    assert_eq!(messages[0].redrive.as_ref().unwrap().number, 1);

    let mut repaired = held[1].clone();
    repaired.events = vec![confirmed()];
    world.overwrite(&held[1], &events(&repaired)).await;
    assert_eq!(world.redrive(LETTERS).await, [done(2, 0, 0)]);
    assert_eq!(world.versions(&order(2)).await, [[3, 0, 0]; 2], "only the projection of the letter works");
    assert_eq!((world.redrive.dead_letters.shown().len(), world.redrive.dead_letters.hidden()), (0, 0));
}

#[tokio::test]
async fn a_letter_about_a_stream_is_discarded_by_id() {
    let world = World::with(&[]).await;
    let letter = json!({"error": "held", "function": "order-projection", "stream": order(2), "held_from": 2});
    let id = world.redrive.dead_letters.send(&letter);
    let discard = json!({"task": "discard", "queue": LETTERS, "ids": [id], "reason": "a test order"});
    let RedriveReport::Discard { discarded, .. } = world.ask(discard).await else { panic!("no discard") };
    assert_eq!((discarded.len(), &discarded[0].about["held_from"]), (1, &json!(2)));
    assert!(world.redrive.dead_letters.shown().is_empty());
}

#[tokio::test]
async fn a_later_attempt_makes_no_second_letter() {
    let (_, commits) = held_and_sound();
    let world = World::with(&commits).await;
    let mut document = failure(ORDERS, 0, 6, 2);
    let reread = json!({"set_aside": [order(2)]});
    document["redrive"] = json!({"number": 1, "reason": "throttled", "reread": reread});
    world.redrive.stream_failures.send(&document);
    assert_eq!(world.redrive(BATCHES).await, [done(5, 0, 0)]);
    assert!(world.redrive.dead_letters.shown().is_empty());
}

#[tokio::test]
async fn views_of_another_event_table_make_no_letters() {
    let orders = [1, 2, 3].map(order);
    let commits: Vec<_> =
        orders.iter().flat_map(|order| single_event_commits(order, &[created(), confirmed()])).collect();
    for generation in [0, 1] {
        let world = World::with(&commits).await;
        world.catch_up(&orders).await;
        for order in &orders[..2] {
            world.use_another_event_table(generation, order).await;
        }
        world.remove_view(generation, &orders[2]).await;
        // The stream retains the records of the second attempt only.
        for records in [kinesis::batch([]), kinesis::commits(&commits)] {
            world.redrive.records.retain(records);
            world.redrive.stream_failures.send(&failure(ORDERS, 0, 5, 2));
            let refused = world.redrive(BATCHES).await;
            assert!(reason(&refused[0]).contains("build a new generation"), "{refused:?}");
            assert_eq!(world.redrive.dead_letters.shown(), Vec::<Value>::new());
            assert_eq!(world.versions(&orders[2]).await, [[2; 3]; 2], "other streams are projected");
            world.redrive.stream_failures.clear();
        }
    }
}

#[tokio::test]
async fn a_batch_stays_if_the_queue_accepts_no_letter_about_its_stream() {
    let (_, commits) = held_and_sound();
    let world = World::with(&commits).await;
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 6, 2));
    world.redrive.dead_letters.fail(&[Operation::Send]);
    assert!(reason(&world.redrive(BATCHES).await[0]).contains("did not accept a letter"));
    assert_eq!(world.redrive(BATCHES).await, [done(0, 5, 1)]);
}

/// The numbers of letters and of unreadable items in the outcome of the only message.
fn counts(outcomes: &[RedriveOutcome]) -> (u64, u64) {
    match outcomes {
        [RedriveOutcome::Done { set_aside, unreadable, .. }] => (*set_aside, *unreadable),
        _ => panic!("{outcomes:?}"),
    }
}

fn streams(letters: &[Value]) -> Vec<(&Value, &Value)> {
    letters.iter().map(|letter| (&letter["stream"], &letter["held_from"])).collect()
}

#[tokio::test]
async fn an_item_that_is_not_a_commit_holds_its_stream_only() {
    let sound = single_event_commits(&order(1), &[created()]);
    let damaged = single_event_commits(&order(2), &[created(), confirmed(), shipped()]);
    let world = World::with(&[sound, damaged.clone()].concat()).await;
    world.overwrite(&damaged[1], "nonsense").await;
    world.put_other_item(&product(7).to_string(), "1").await;
    world.put_other_item("settings", "-1.5").await;
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 3, 2));
    assert_eq!(counts(&world.redrive(BATCHES).await), (1, 3), "a product's stream is no order's");
    assert_eq!(streams(&world.redrive.dead_letters.shown()), [(&json!(order(2)), &json!(2))]);
    for number in [1, 2] {
        assert_eq!(world.versions(&order(number)).await, [[1, 0, 0]; 2], "order {number}");
    }
    assert!(reason(&world.redrive(LETTERS).await[0]).contains("is not a commit"));
    world.overwrite(&damaged[1], &events(&damaged[1])).await;
    assert_eq!(world.redrive(LETTERS).await, [done(2, 0, 0)]);
    assert_eq!(world.versions(&order(2)).await, [[3, 0, 0]; 2]);
}

#[tokio::test]
async fn an_unreadable_item_at_the_end_of_a_stream_becomes_a_letter() {
    let world = World::with(&single_event_commits(&order(1), &[created()])).await;
    world.put_other_item(&order(1).to_string(), "2").await;
    world.redrive.stream_failures.send(&failure(ORDERS, 0, 0, 2));
    assert_eq!(counts(&world.redrive(BATCHES).await), (1, 1));
    assert_eq!(streams(&world.redrive.dead_letters.shown()), [(&json!(order(1)), &json!(2))]);
}
