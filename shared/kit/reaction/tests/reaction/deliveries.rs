//! The bus delivers an event once or several times, in any order.

use std::collections::BTreeSet;

use es_core::{StreamVersion, history_of};
use reaction::{Reacted, ReactionError};
use serde_json::{Value, json};
use testing::{GaugedEventStore, InMemoryEventStore, logged};

use crate::bank::{
    BEGIN, CountDeposit, Tally, WelcomeOwner, commits, delivered, deposited, opened, react, tally,
};

#[tokio::test]
async fn an_event_leads_to_one_commit_that_names_its_cause() {
    let (store, payload) = (InMemoryEventStore::default(), opened());
    assert_eq!(react::<WelcomeOwner>(&store, &payload).await.unwrap(), Reacted::Executed);
    let [commit] = commits(&store).await.try_into().unwrap();
    let (metadata, id) = (commit.metadata, payload["detail"]["id"].as_str().unwrap());
    assert_eq!((commit.first, commit.events.len()), (StreamVersion::new(1), 1));
    assert_eq!((metadata.key.as_str(), metadata.causation_id.as_str()), (id, id));
    assert_eq!(metadata.actor, "welcome-owner");
    assert!(metadata.occurred_at.micros() >= BEGIN, "{metadata:?}");
    assert_eq!(metadata.correlation_id, "correlation-1");
    let origin = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(metadata.traceparent.as_deref(), Some(origin));
    assert_eq!((store.loads(), store.appends()), (0, 1), "a new stream is not read");
}

#[tokio::test]
async fn a_repeated_event_changes_nothing() {
    let store = InMemoryEventStore::default();
    let deposit = deposited(2, 500);
    assert_eq!(react::<WelcomeOwner>(&store, &opened()).await.unwrap(), Reacted::Executed);
    assert_eq!(react::<CountDeposit>(&store, &deposit).await.unwrap(), Reacted::Executed);
    let once = commits(&store).await;
    let mut again = deposit.clone();
    again["detail"]["replayed"] = true.into();
    for deposit in [deposit, again] {
        assert_eq!(react::<WelcomeOwner>(&store, &opened()).await.unwrap(), Reacted::Replayed);
        assert_eq!(react::<CountDeposit>(&store, &deposit).await.unwrap(), Reacted::Replayed);
    }
    assert_eq!(commits(&store).await, once);
}

/// The metric `Reactions` of handling `payload`, with its outcome.
async fn counted(store: &InMemoryEventStore, payload: &Value) -> Vec<Value> {
    let (_, lines) = logged(react::<WelcomeOwner>(store, payload)).await;
    let counted = lines.iter().filter(|line| line["Reactions"].is_number());
    counted.map(|line| json!([line["operation"], line["Reactions"], line["outcome"]])).collect()
}

#[tokio::test]
async fn every_delivery_is_counted_once_by_its_outcome() {
    let store = InMemoryEventStore::default();
    assert_eq!(counted(&store, &opened()).await, [json!(["welcome-owner", 1, "executed"])]);
    assert_eq!(counted(&store, &opened()).await, [json!(["welcome-owner", 1, "replayed"])]);
    assert_eq!(counted(&store, &deposited(2, 500)).await, [json!(["welcome-owner", 1, "ignored"])]);
    assert_eq!(counted(&store, &json!({})).await, [json!(["welcome-owner", 1, "failed"])]);
}

#[tokio::test]
async fn deliveries_at_the_same_time_lead_to_one_commit() {
    let store = GaugedEventStore::<InMemoryEventStore>::default();
    let (letter, deposit) = (opened(), deposited(2, 500));
    let (one, two) =
        tokio::join!(react::<WelcomeOwner>(&store, &letter), react::<WelcomeOwner>(&store, &letter));
    let both = [one.unwrap(), two.unwrap()];
    assert!(both.contains(&Reacted::Executed) && both.contains(&Reacted::Replayed), "{both:?}");
    let (one, two) =
        tokio::join!(react::<CountDeposit>(&store, &deposit), react::<CountDeposit>(&store, &deposit));
    let both = [one.unwrap(), two.unwrap()];
    assert!(both.contains(&Reacted::Executed) && both.contains(&Reacted::Replayed), "{both:?}");
    assert!(store.most_at_once() > 1);
    assert_eq!(commits(&store).await.len(), 2);
}

#[tokio::test]
async fn events_can_arrive_in_any_order() {
    let deposits = [deposited(2, 1), deposited(3, 20), deposited(4, 300)];
    for sequence in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let store = InMemoryEventStore::default();
        for place in sequence.into_iter().chain(sequence) {
            react::<CountDeposit>(&store, &deposits[place]).await.unwrap();
        }
        let state = history_of::<Tally, _>(&store, &tally()).await.unwrap().into_state();
        let ids = deposits.iter().map(|deposit| deposit["detail"]["id"].as_str().unwrap().parse().unwrap());
        assert_eq!((state.cents, state.deposits), (321, ids.collect::<BTreeSet<_>>()), "{sequence:?}");
    }
}

#[tokio::test]
async fn an_event_without_a_consequence_is_ignored() {
    let store = InMemoryEventStore::default();
    assert_eq!(react::<WelcomeOwner>(&store, &deposited(2, 500)).await.unwrap(), Reacted::Ignored);
    assert_eq!(react::<CountDeposit>(&store, &opened()).await.unwrap(), Reacted::Ignored);
    assert_eq!((store.loads(), store.appends()), (0, 0));
}

#[tokio::test]
async fn a_refused_command_fails_and_names_the_rule() {
    let store = InMemoryEventStore::default();
    let refused = react::<CountDeposit>(&store, &deposited(2, -1)).await.unwrap_err();
    let ReactionError::Refused { stream, source } = refused else { panic!("{refused}") };
    assert_eq!((stream, source.to_string().as_str()), (tally(), "the bank refuses"));
    assert!(commits(&store).await.is_empty());
}

#[tokio::test]
async fn an_event_of_an_older_schema_is_upcast() {
    let store = InMemoryEventStore::default();
    let old = delivered(2, "Deposited", 1, serde_json::json!({ "euros": 7 }));
    assert_eq!(react::<CountDeposit>(&store, &old).await.unwrap(), Reacted::Executed);
    let state = history_of::<Tally, _>(&store, &tally()).await.unwrap().into_state();
    assert_eq!(state.cents, 700);
}
