//! Poison goes to the dead-letter queue and stops only its own stream. No version is skipped.

use std::time::Duration;

use es_core::{Category, DomainEvent, Projection, Recorded, StreamVersion};
use event_stream::BatchResponse;
use projection::Projector;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use testing::StoppedClock;
use testing::kinesis::{self, batch, insert, sequence};
use tokio::time::Instant;

use crate::account::{
    BalanceProjection, Balances, World, deposited, from_the_future, opened, renamed, single_event_commits,
    unknown,
};

/// The events of the next release, which has the new type `Frozen`.
#[derive(Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
enum NextEvent {
    Opened {},
    Deposited { cents: u64 },
    Renamed {},
    Frozen {},
}

/// The projection of balances in the next release. A frozen account shows 1,000 cents more.
enum NextProjection {}

impl Projection for NextProjection {
    const NAME: &'static str = BalanceProjection::NAME;
    const CATEGORY: Category = BalanceProjection::CATEGORY;

    type Event = NextEvent;
    type Change = u64;

    fn project(change: u64, recorded: &Recorded<NextEvent>) -> u64 {
        match recorded.event {
            NextEvent::Opened {} | NextEvent::Renamed {} => change,
            NextEvent::Deposited { cents } => change + cents,
            NextEvent::Frozen {} => change + 1_000,
        }
    }
}

fn sequences(letters: &[Value]) -> Vec<&str> {
    letters.iter().map(|letter| letter["sequence_number"].as_str().unwrap()).collect()
}

fn error(letter: &Value) -> &str {
    letter["error"].as_str().unwrap()
}

#[tokio::test]
async fn an_unreadable_record_is_sent_to_the_queue_and_the_rest_is_projected() {
    let world = World::with(&[]).await;
    let commits = single_event_commits(1, &[deposited(5)]);
    let counters = world.project(&batch([b"nonsense".to_vec(), insert(&commits[0])])).await;
    assert_eq!((counters.poison, counters.applied), (1, 1));
    let letters = world.letters.take();
    assert_eq!(
        (sequences(&letters), &letters[0]["function"]),
        (vec![&*sequence(0)], &"balance-projection".into())
    );
    assert!(error(&letters[0]).starts_with("the record is not a DynamoDB change record"));
    assert_eq!(world.view(1), (1, 5));
}

#[tokio::test]
async fn an_event_written_by_newer_code_stops_its_stream_and_no_other() {
    let poisoned = single_event_commits(1, &[deposited(5), from_the_future(), deposited(7)]);
    let sound = single_event_commits(2, &[opened(), deposited(9)]);
    let world = World::with(&[poisoned.clone(), sound.clone()].concat()).await;
    let counters = world.deliver(poisoned.iter().chain(&sound)).await;
    assert_eq!((counters.applied, counters.poison, counters.failed), (3, 2, 0));
    assert_eq!(world.view(1), (1, 5), "the commits before the poison must be projected");
    assert_eq!(world.view(2), (2, 9));
    let letters = world.letters.take();
    assert_eq!(sequences(&letters), [sequence(1), sequence(2)]);
    for letter in &letters {
        assert!(
            error(letter).contains("held at version 2: the event at version 2 cannot be read"),
            "{letter}"
        );
    }
}

/// A stream must not lose the effect of the new event, although its later events are of known types.
#[tokio::test]
async fn a_type_that_only_newer_code_knows_stops_its_stream_until_newer_code_is_deployed() {
    let held = single_event_commits(1, &[deposited(5), unknown(), renamed()]);
    let sound = single_event_commits(2, &[opened(), deposited(9)]);
    let world = World::with(&[held.clone(), sound.clone()].concat()).await;
    let counters = world.deliver(held.iter().chain(&sound)).await;
    assert_eq!((counters.applied, counters.poison, counters.failed), (3, 2, 0));
    assert_eq!((world.view(1), world.view(2)), ((1, 5), (2, 9)));
    let letters = world.letters.take();
    assert_eq!(sequences(&letters), [sequence(1), sequence(2)]);
    let expected = r#"unknown event type "Frozen"; deploy a release that knows it, then redrive"#;
    assert!(error(&letters[0]).ends_with(expected), "{}", letters[0]);

    let (events, balances) = (world.projector.events.clone(), world.projector.views.clone());
    let event_table = kinesis::EVENT_TABLE.to_owned();
    let next = Projector::<NextProjection, _, _>::new(event_table, events, balances, StoppedClock::shared());
    let (redriven, deadline) = (kinesis::commits(&held[1..]), Instant::now() + Duration::from_mins(1));
    let (response, counters) = next.project(&redriven, &world.letters, deadline).await;
    assert_eq!((response, counters.applied, counters.poison), (BatchResponse::default(), 2, 0));
    assert_eq!(world.view(1), (3, 1_005));
}

#[tokio::test]
async fn a_later_batch_does_not_skip_the_poison_either() {
    let commits = single_event_commits(1, &[deposited(5), from_the_future(), deposited(7)]);
    let world = World::with(&commits).await;
    world.deliver(&commits[..2]).await;
    assert_eq!(world.letters.take().len(), 1);
    let counters = world.deliver([&commits[2]]).await;
    assert_eq!((counters.applied, counters.poison, world.view(1)), (0, 1, (1, 5)));
    assert!(error(&world.letters.take()[0]).contains("held at version 2"));
}

#[tokio::test]
async fn commits_that_a_read_finds_before_the_poison_are_projected() {
    let commits = single_event_commits(1, &[opened(), deposited(5), from_the_future(), deposited(7)]);
    let world = World::with(&commits).await;
    world.deliver([&commits[3]]).await;
    assert_eq!(world.view(1), (2, 5));
    assert_eq!(sequences(&world.letters.take()), [sequence(0)]);
}

#[tokio::test]
async fn a_corrupt_commit_stops_its_stream_until_it_is_repaired_and_any_letter_is_sent_back() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let world = World::with(&commits).await;
    world.deliver(&commits[..1]).await;
    *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(2));

    let broken = String::from_utf8(insert(&commits[1])).unwrap().replace("Deposited", "\\\"").into_bytes();
    let counters = world.project(&batch([broken, insert(&commits[2])])).await;
    assert_eq!((counters.applied, counters.poison, world.view(1)), (0, 2, (1, 0)));
    let letters = world.letters.take();
    assert!(error(&letters[0]).contains("attribute events"), "{}", error(&letters[0]));
    assert!(error(&letters[1]).contains("held at version 2: the event table cannot be read"));

    *world.projector.events.corrupt.lock().unwrap() = None;
    let mut again = kinesis::commits([&commits[2]]);
    letters[1]["data"].as_str().unwrap().clone_into(&mut again.records[0].data);
    world.project(&again).await;
    assert_eq!(world.view(1), (3, 12));
}

#[tokio::test]
async fn the_next_record_of_a_stream_replaces_a_record_that_was_damaged_in_transit() {
    let commits = single_event_commits(1, &[opened(), deposited(5)]);
    let world = World::with(&commits).await;
    let counters = world.project(&batch([b"{}".to_vec(), insert(&commits[1])])).await;
    assert_eq!((counters.poison, counters.applied, counters.gaps), (1, 2, 1));
    assert_eq!(world.view(1), (2, 5));
}

#[tokio::test]
async fn a_commit_after_a_deleted_one_is_sent_to_the_queue() {
    let commits = single_event_commits(1, &[opened(), deposited(5), deposited(7)]);
    let world = World::with(&[commits[0].clone(), commits[2].clone()]).await;
    let counters = world.deliver([&commits[0], &commits[2]]).await;
    assert_eq!((counters.applied, counters.poison, world.view(1)), (1, 1, (1, 0)));
    assert!(error(&world.letters.take()[0]).ends_with("no commit at version 2"));
}

#[tokio::test]
async fn a_change_that_the_store_can_never_accept_is_sent_to_the_queue() {
    let commits = single_event_commits(1, &[deposited(1 + Balances::LIMIT as u64), opened()]);
    let world = World::with(&commits).await;
    let counters = world.deliver(&commits).await;
    assert_eq!((counters.applied, counters.poison), (0, 2));
    assert!(error(&world.letters.take()[0]).contains("cents has 1000001 bytes"));
    world.wire.requests();
    assert_eq!(world.deliver([&commits[0]]).await.poison, 1);
    assert_eq!(world.wire.requests().len(), 1, "a single commit is written once");
}

#[tokio::test]
async fn commits_that_the_store_accepts_only_one_by_one_are_projected() {
    let half = deposited(Balances::LIMIT as u64 / 2 + 1);
    let commits = single_event_commits(1, &[opened(), half.clone(), half]);
    let world = World::with(&commits).await;
    let counters = world.deliver(&commits).await;
    assert_eq!((counters.applied, counters.poison), (3, 0));
    assert_eq!(world.view(1), (3, Balances::LIMIT as u64 + 2));
}

#[tokio::test]
async fn the_commits_before_a_corrupt_one_in_a_gap_are_projected_and_counted() {
    let events: Vec<_> = std::iter::repeat_n(deposited(5), 9).collect();
    let commits = single_event_commits(1, &events);
    for corrupt in [1, 2, 6, 8] {
        let world = World::with(&commits).await;
        *world.projector.events.corrupt.lock().unwrap() = Some(StreamVersion::new(corrupt));
        let counters = world.deliver([&commits[8]]).await;
        let before = corrupt - 1;
        assert_eq!((counters.applied, counters.poison, world.view(1)), (before, 1, (before, 5 * before)));
        let held = format!("held at version {corrupt}: the event table cannot be read");
        assert!(error(&world.letters.take()[0]).contains(&held), "{corrupt}");
    }
}

/// The commit is from the table from which the event table was restored. The event table has another commit at its
/// version.
#[tokio::test]
async fn a_record_of_another_table_is_poison_and_its_commit_is_not_projected() {
    let lost = single_event_commits(1, &[opened(), deposited(5)]);
    let kept = single_event_commits(1, &[opened(), deposited(7)]);
    let world = World::with(&kept).await;
    world.deliver(&kept[..1]).await;
    let counters = world.project(&kinesis::commits_of("damaged", &lost[1..])).await;
    assert_eq!((counters.poison, counters.applied, world.view(1)), (1, 0, (1, 0)));
    let letters = world.letters.take();
    let error = letters[0]["error"].as_str().unwrap();
    assert!(error.starts_with("the record is from the table damaged"), "{error}");
    world.deliver(&kept[1..]).await;
    assert_eq!(world.view(1), (2, 7));
}
