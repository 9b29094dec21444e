//! Any deliveries with any faults lead to the same commits, once every event was handled without a fault.

use std::collections::BTreeSet;

use es_core::{Commit, Decider, EventAppender, IdempotencyKey, Metadata, decode, history_of};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use testing::InMemoryEventStore;
use uuid::Uuid;

use crate::bank::{
    AnyCount, Letter, LetterEvent, Tally, WelcomeOwner, commits, deposited, opened_at, react, tally,
};
use crate::faulty_store::{Fault, FaultyStore};

/// The events that the bus delivers: three opened accounts and three deposits.
fn events() -> Vec<Value> {
    (1..=3).map(opened_at).chain((1..=3).map(|number| deposited(number + 10, 1_i64 << number))).collect()
}

/// One step of a run.
#[derive(Debug, Clone)]
enum Step {
    /// The bus delivers the event at this place, and the next append may fail.
    Deliver(usize, Option<Fault>),
    /// The tally forgets the ids of all events, as after 24 hours. The first commit of a stream is never forgotten.
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let fault = select(vec![None, Some(Fault::BeforeWrite), Some(Fault::AfterWrite), Some(Fault::Throttled)]);
    prop_oneof![
        9 => (0..events().len(), fault).prop_map(|(place, fault)| Step::Deliver(place, fault)),
        1 => Just(Step::Forget),
    ]
}

/// Delivers an event to both reactions, as two rules of the bus do.
async fn deliver<const REMEMBERS: bool>(store: &FaultyStore, event: &Value, fault: Option<Fault>) -> bool {
    store.plan(fault);
    let letter = react::<WelcomeOwner>(store, event).await;
    let count = react::<AnyCount<REMEMBERS>>(store, event).await;
    letter.is_ok() && count.is_ok()
}

/// The commits of `store` in a store in which the commits of the tally have other keys.
async fn without_keys(store: &FaultyStore) -> FaultyStore {
    let forgetful = InMemoryEventStore::default();
    for (commit, number) in commits(store).await.into_iter().zip(0..) {
        let key = if *commit.stream.category() == Tally::CATEGORY {
            IdempotencyKey::try_from(format!("forgotten-{number}")).unwrap()
        } else {
            commit.metadata.key.clone()
        };
        let metadata = Metadata { key, ..commit.metadata.clone() };
        forgetful.append(&Commit { metadata, ..commit }).await.unwrap();
    }
    FaultyStore::around(forgetful)
}

/// Runs `steps`, handles every event without a fault, and returns the number of letters, the sum of the tally and the
/// deposits in it.
async fn run<const REMEMBERS: bool>(steps: Vec<Step>) -> (usize, i64, BTreeSet<Uuid>) {
    let (events, mut store) = (events(), FaultyStore::around(InMemoryEventStore::default()));
    for step in steps {
        match step {
            Step::Deliver(place, fault) => {
                deliver::<REMEMBERS>(&store, &events[place], fault).await;
            }
            Step::Forget => store = without_keys(&store).await,
        }
    }
    for event in &events {
        assert!(deliver::<REMEMBERS>(&store, event, None).await, "{event}");
    }
    let commits = commits(&store).await;
    let letters = commits.iter().filter(|commit| *commit.stream.category() == Letter::CATEGORY);
    let letters =
        letters.flat_map(|commit| &commit.events).map(|event| decode::<LetterEvent>(event).unwrap());
    let state = history_of::<Tally, _>(&store, &tally()).await.unwrap().into_state();
    (letters.count(), state.cents, state.deposits)
}

/// One letter for each opened account, and each deposit once.
fn expected() -> (usize, i64, BTreeSet<Uuid>) {
    let deposits = events().split_off(3);
    let ids = deposits.iter().map(|event| event["detail"]["id"].as_str().unwrap().parse().unwrap());
    (3, 2 + 4 + 8, ids.collect())
}

/// Shows that the test finds a bug: a decider that does not recognize an event.
#[tokio::test]
async fn a_decider_that_forgets_counts_a_deposit_twice() {
    let steps = || vec![Step::Deliver(3, None), Step::Forget];
    assert_eq!(run::<true>(steps()).await, expected());
    assert_eq!(run::<false>(steps()).await.1, expected().1 + 2);
}

proptest! {
    #[test]
    fn any_deliveries_lead_to_one_commit_for_each_event(steps in vec(step(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert_eq!(runtime.block_on(run::<true>(steps)), expected());
    }
}
