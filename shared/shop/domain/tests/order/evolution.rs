//! Tests that a stream written by older code still loads, accepts commands and gets snapshots.

use std::num::NonZeroU16;

use domain::order::{Order, OrderCommand, OrderError, OrderState};
use es_core::{
    Category, Commit, Decider, EventAppender, EventReader, Execution, ExecutionError, Expectation,
    IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamId, StreamVersion, Timestamp, execute,
};
use serde_json::{Value, json};
use testing::InMemoryEventStore;
use uuid::Uuid;

fn stream() -> StreamId {
    StreamId::new(Category::new("order"), Uuid::from_u128(1))
}

fn metadata(key: &str) -> Metadata {
    Metadata {
        occurred_at: Timestamp::MIN,
        actor: "u".to_owned(),
        key: IdempotencyKey::try_from(key.to_owned()).expect("a key"),
        request_hash: RequestHash::from_request(key, &Value::Null),
        traceparent: None,
        correlation_id: key.to_owned(),
        causation_id: key.to_owned(),
    }
}

/// A stream of `commits` commits. The first one has an event of schema 1.
async fn old_stream(commits: u64) -> InMemoryEventStore {
    let store = InMemoryEventStore::default();
    for version in 1..=commits {
        let stored = match version {
            1 => {
                json!({"type": "OrderCreated", "data": {"user_id": "u", "items": [], "total_amount_cents": 0}})
            }
            _ => json!({"type": "OrderConfirmed", "data": {}}),
        };
        let event: StoredEvent = serde_json::from_value(stored).expect("a stored event");
        let (first, metadata) = (StreamVersion::new(version), metadata(&format!("key-{version}")));
        let commit = Commit { stream: stream(), first, events: vec![event], metadata, snapshot: None };
        store.append(&commit).await.expect("appended");
    }
    store
}

fn cancel(key: &str) -> Execution<OrderCommand> {
    let command = OrderCommand::Cancel { reason: None };
    Execution { stream: stream(), command, expectation: Expectation::Any, metadata: metadata(key) }
}

#[tokio::test]
async fn a_stream_of_schema_one_accepts_commands_and_gets_a_snapshot() {
    // The command's commit is the first one at which a snapshot is due.
    let due = u64::from(Order::SNAPSHOT.every.get());
    let store = old_stream(due - 1).await;
    let outcome = execute::<Order, _>(&store, cancel("cancel")).await.expect("cancelled");
    assert_eq!((outcome.version, outcome.state.name()), (StreamVersion::new(due), "cancelled"));
    let last = store
        .commits_after(&stream(), StreamVersion::new(due - 1), NonZeroU16::MIN)
        .await
        .expect("the last commit");
    let snapshot = last[0].snapshot.as_ref().expect("a snapshot on the last commit");
    let state: OrderState = serde_json::from_value(snapshot.state.clone()).expect("a state");
    assert_eq!(state, outcome.state);
    let again = execute::<Order, _>(&store, cancel("again")).await;
    assert!(matches!(again, Err(ExecutionError::Refused(OrderError::AlreadyCancelled))));
}

#[tokio::test]
async fn a_stream_with_newer_events_refuses_commands_and_stays_unchanged() {
    let store = old_stream(1).await;
    let newer = json!({"type": "OrderConfirmed", "schema": 2, "data": {"by": "x"}});
    let events = vec![serde_json::from_value(newer).expect("a stored event")];
    let (first, metadata) = (StreamVersion::new(2), metadata("newer"));
    let commit = Commit { stream: stream(), first, events, metadata, snapshot: None };
    store.append(&commit).await.expect("appended");
    let refused = execute::<Order, _>(&store, cancel("cancel")).await;
    assert!(matches!(refused, Err(ExecutionError::History(_))), "{refused:?}");
    let after =
        store.commits_after(&stream(), StreamVersion::new(1), NonZeroU16::MIN).await.expect("commits");
    assert_eq!(after, [commit]);
}
