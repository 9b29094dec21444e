//! The switch of the generations: its changes, its counts, and what a function knows about it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use es_core::{Clock, Timestamp};
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::{StoppedClock, recorded_values};
use view_store::{
    DynamoGenerations, FinishedComparison, Generation, GenerationNames, Generations, KnownGenerations,
    MissedCounts, OtherWritten, SecondGeneration, Stage,
};

use crate::account::at;

const MAX_AGE: Duration = Duration::from_secs(10);

async fn switch() -> (LocalDynamoDb, DynamoGenerations) {
    let db = LocalDynamoDb::start().await;
    let switch = DynamoGenerations::new(db.client(), db.operations_table().await);
    (db, switch)
}

/// The state after green was begun.
fn building() -> Generations {
    let (begun, stage) = (Generation::Green, Stage::Building);
    let second = SecondGeneration { begun, stage, is_emptied: true, comparison: None };
    Generations { second: Some(second), run: 1, since: 5, ..Generations::default() }
}

#[tokio::test]
async fn a_new_stack_has_the_generation_blue_only() {
    let (_, switch) = switch().await;
    let first = switch.load().await.unwrap();
    assert_eq!(first, Generations::default());
    assert_eq!((first.live, first.other_written()), (Generation::Blue, None));
}

#[tokio::test]
async fn a_change_is_stored_and_a_change_from_an_old_state_is_refused() {
    let (_, switch) = switch().await;
    let (first, building) = (Generations::default(), building());
    assert!(switch.change(&first, &building).await.unwrap());
    assert_eq!(switch.load().await.unwrap(), building);
    let missed = MissedCounts { blue: 1, green: 2 };
    let comparison = Some(FinishedComparison { is_equal: true, missed });
    let second =
        building.second.map(|second| SecondGeneration { stage: Stage::Switched, comparison, ..second });
    let switched = Generations { live: Generation::Green, second, since: 6, ..building };
    assert!(switch.change(&building, &switched).await.unwrap());
    assert_eq!(switch.load().await.unwrap(), switched);
    let ended = Generations { second: None, since: 7, ..switched };
    assert!(!switch.change(&building, &ended).await.unwrap(), "the state has changed since");
    assert!(switch.change(&switched, &ended).await.unwrap());
    assert_eq!(switch.load().await.unwrap(), ended);
    let kept = SecondGeneration { is_emptied: false, ..building.second.unwrap() };
    let kept = Generations { second: Some(kept), since: 8, ..ended };
    assert!(switch.change(&ended, &kept).await.unwrap());
    assert_eq!(switch.load().await.unwrap(), kept, "the items of this generation are kept");
}

#[tokio::test]
async fn a_result_that_was_stored_meanwhile_is_kept() {
    let (_, switch) = switch().await;
    let compared = |is_equal, since| {
        let comparison = Some(FinishedComparison { is_equal, missed: MissedCounts::default() });
        let second = building().second.map(|second| SecondGeneration { comparison, ..second });
        Generations { second, since, ..building() }
    };
    let (first, newer) = (compared(true, 5), compared(false, 5));
    assert!(switch.change(&Generations::default(), &first).await.unwrap());
    assert!(switch.change(&first, &newer).await.unwrap());
    assert!(switch.change(&first, &compared(true, 6)).await.unwrap());
    assert_eq!(switch.load().await.unwrap(), compared(false, 6));
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_succeeds_again_although_a_stream_was_missed_since() {
    let (db, switch) = switch().await;
    db.faults().script([Fault::LostAnswer]);
    switch.change(&Generations::default(), &building()).await.unwrap_err();
    assert!(switch.change(&Generations::default(), &building()).await.unwrap());
    switch.add_missed(Generation::Green, 1).await.unwrap();
    assert!(switch.change(&Generations::default(), &building()).await.unwrap());
}

#[tokio::test]
async fn the_span_of_a_read_names_the_side() {
    let (_, switch) = switch().await;
    for (switch, side) in [(switch.clone(), "operator"), (switch.on_side("query"), "query")] {
        let (_, values) = recorded_values(|| switch.load()).await;
        let sides = values.iter().filter(|value| value.field == "cqrs.side");
        let sides: Vec<_> = sides.map(|value| (value.span, value.value.as_str())).collect();
        assert_eq!(sides, [("read_store.generations", side)]);
    }
}

#[test]
fn a_generation_has_a_name_a_table_and_another_generation() {
    let names = GenerationNames { blue: "blue-table".to_owned(), green: "green-table".to_owned() };
    for (generation, name, table, other) in [
        (Generation::Blue, "blue", "blue-table", Generation::Green),
        (Generation::Green, "green", "green-table", Generation::Blue),
    ] {
        assert_eq!((generation.to_string().as_str(), names.table(generation)), (name, table));
        let live = Generations { live: generation, ..Generations::default() };
        assert_eq!((generation.other(), live.other()), (other, other));
    }
}

#[test]
fn the_time_of_a_change_is_later_than_that_of_the_state_before() {
    for (now, since) in [(4, 6), (5, 6), (6, 6), (7, 7)] {
        let changed = building().changed_at(at(now));
        assert_eq!(changed, Generations { since, ..building() }, "at {now}");
    }
}

#[test]
fn what_is_left_of_a_time_begins_at_the_last_change() {
    for (now, left) in [(4, 10), (5, 10), (6, 9), (14, 1), (15, 0), (16, 0)] {
        let found = building().left_of(Duration::from_micros(10), at(now));
        assert_eq!(found, Duration::from_micros(left), "at {now}");
    }
}

#[tokio::test]
async fn missed_streams_are_added_up_and_refuse_a_change_on_their_condition() {
    let (_, switch) = switch().await;
    let before = building();
    switch.change(&Generations::default(), &before).await.unwrap();
    switch.add_missed(Generation::Green, 2).await.unwrap();
    switch.add_missed(Generation::Green, 3).await.unwrap();
    let after = Generations { live: Generation::Green, since: 6, ..before };
    assert!(!switch.change_if_none_missed(&before, &after).await.unwrap(), "five streams were missed since");
    let now = switch.load().await.unwrap();
    assert_eq!(now, Generations { missed: MissedCounts { blue: 0, green: 5 }, ..before });
    assert!(switch.change_if_none_missed(&now, &after).await.unwrap());
    assert_eq!(switch.load().await.unwrap().missed.green, 5, "a change keeps the counts");
}

#[test]
fn projections_write_the_other_generation_except_while_it_is_emptied() {
    let other = |stage| building().with_stage(stage).other_written();
    let written = |is_strict| Some(OtherWritten { generation: Generation::Green, is_strict });
    assert_eq!(other(Stage::Emptying), None);
    assert_eq!([Stage::Building, Stage::Complete].map(other), [written(false); 2]);
    assert_eq!([Stage::Strict, Stage::Switched].map(other), [written(true); 2]);
}

/// A wall clock that a test sets.
#[derive(Clone)]
struct SetClock(Arc<Mutex<i64>>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(*self.0.lock().unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_function_reads_the_switch_once_within_the_maximum_age() {
    let (db, switch) = switch().await;
    let clock = SetClock(Arc::new(Mutex::new(1_000_000)));
    let known = KnownGenerations::new(switch.clone(), MAX_AGE, Arc::new(clock.clone()));
    db.recorder().clear();
    assert_eq!(known.young(), None, "nothing is known before the first read");
    for _ in 0..5 {
        assert_eq!(known.current().await.unwrap(), Generations::default());
    }
    assert_eq!(db.recorder().requests(), ["GetItem"]);
    switch.change(&Generations::default(), &building()).await.unwrap();
    assert_eq!(
        known.current().await.unwrap(),
        Generations::default(),
        "within the age, the old state is used"
    );
    // A frozen sandbox: only the wall clock moves.
    *clock.0.lock().unwrap() += 10_000_000;
    assert_eq!(known.young(), None);
    assert_eq!(known.current().await.unwrap(), building());
    assert_eq!(db.recorder().requests(), ["GetItem", "UpdateItem", "GetItem"]);
}

#[tokio::test]
async fn the_monotonic_clock_ages_what_is_known_although_the_wall_clock_stands_still() {
    let (_, switch) = switch().await;
    let green = Generations { live: Generation::Green, ..building() };
    switch.change(&Generations::default(), &green).await.unwrap();
    let known = KnownGenerations::new(switch, MAX_AGE, StoppedClock::shared());
    assert_eq!(known.probably_live(), Generation::Blue, "nothing is known yet");
    known.refresh().await.unwrap();
    tokio::time::pause();
    tokio::time::advance(MAX_AGE.saturating_sub(Duration::from_secs(1))).await;
    assert!(known.young().is_some());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!((known.young(), known.probably_live()), (None, Generation::Green));
}

#[tokio::test]
async fn without_an_answer_nothing_old_is_used() {
    let (db, switch) = switch().await;
    let known = KnownGenerations::new(switch, Duration::ZERO, StoppedClock::shared());
    known.current().await.unwrap();
    db.faults().script([Fault::Throttled]);
    known.current().await.unwrap_err();
}
