//! What the store's work costs: requests, and the capacity that the answers report.

use std::num::NonZeroU16;

use es_core::{AppendError, EventAppender, EventReader, Load};
use event_store::{CommitItem, DynamoEventStore};
use serde_json::json;
use testing::consumed_capacities;
use testing::contract::Past;
use testing::dynamodb::LocalDynamoDb;

const SCHEMA: u32 = 1;
const EVERY: NonZeroU16 = NonZeroU16::MIN.saturating_add(15);

async fn started() -> (LocalDynamoDb, DynamoEventStore) {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    (dynamodb, store)
}

/// An account with three holders, then a deposit and a withdrawal.
fn account() -> Past {
    let mut past = Past::new().then(1).then(1).then(1);
    for commit in &mut past.commits {
        commit.metadata.traceparent =
            Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    }
    let holder = |number: u32| json!({ "holder_id": format!("holder-{number:06}"), "share": 2, "deposit_cents": 129_900 });
    past.commits[0].events[0].event_type = "AccountOpened".into();
    past.commits[0].events[0].data = json!({
        "bank_id": "0b9f3c1e-53a1-4c33-9a53-2f1d5f0e7c11",
        "holders": [holder(1), holder(2), holder(3)],
        "balance_cents": 779_400,
        "currency": "EUR",
    });
    past
}

#[tokio::test]
async fn an_append_is_one_request_and_one_write_unit() {
    let (dynamodb, store) = started().await;
    for commit in account().commits {
        dynamodb.recorder().clear();
        store.append(&commit).await.unwrap();
        assert_eq!(dynamodb.recorder().requests(), ["PutItem"]);
        let bytes = CommitItem::try_from(&commit).unwrap().bytes();
        assert!(dynamodb.recorder().write_units() <= 1.0 && bytes <= 1_024, "{bytes} bytes");
        assert!(dynamodb.recorder().write_units() > 0.0, "no capacity was reported");
        assert!(dynamodb.recorder().read_units() <= 0.0);
    }
}

#[tokio::test]
async fn a_load_is_one_request_and_one_read_unit() {
    let (dynamodb, store) = started().await;
    let past = account();
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    let load = Load { stream: past.stream(), upto: None, schema: SCHEMA, page: EVERY };
    assert_eq!(store.load(load).await.unwrap(), past.commits);
    assert_eq!(dynamodb.recorder().requests(), ["Query"]);
    // An eventually consistent read would take half a unit.
    let (read, written) = (dynamodb.recorder().read_units(), dynamodb.recorder().write_units());
    assert!(read > 0.9 && read <= 1.0 && written <= 0.0, "{read} read units, {written} write units");
}

#[tokio::test]
async fn a_conflict_and_a_repetition_cost_no_read() {
    let (dynamodb, store) = started().await;
    let past = account();
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    let late = Past::of(past.stream().clone()).next(1);
    assert!(matches!(store.append(&late).await, Err(AppendError::Conflict { .. })));
    store.append(&past.commits[0]).await.unwrap();
    assert_eq!(dynamodb.recorder().requests(), ["PutItem", "PutItem"]);
}

#[tokio::test]
async fn a_stream_of_a_thousand_commits_loads_at_most_those_between_snapshots() {
    let (dynamodb, store) = started().await;
    let mut past = Past::new();
    for number in 1..=1_000 {
        past = past.then(1);
        if number % EVERY.get() == 0 {
            past = past.with_snapshot(SCHEMA);
        }
    }
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    let load = Load { stream: past.stream(), upto: None, schema: SCHEMA, page: EVERY };
    assert_eq!(store.load(load).await.unwrap(), past.commits[991..]);
    assert_eq!(dynamodb.recorder().requests(), ["Query"]);
    // Sixteen commits of under 1 KB each.
    assert!(dynamodb.recorder().read_units() <= 4.0, "{} units", dynamodb.recorder().read_units());
}

#[tokio::test]
async fn without_a_usable_snapshot_requests_grow_with_the_logarithm() {
    let (dynamodb, store) = started().await;
    let past = (0..200).fold(Past::new(), |past, _| past.then(1));
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    let load = Load { stream: past.stream(), upto: None, schema: SCHEMA, page: EVERY };
    let (loaded, capacities) = consumed_capacities(store.load(load)).await;
    assert_eq!(loaded.unwrap(), past.commits);
    assert_eq!(dynamodb.recorder().count("Query"), 4);
    assert_eq!(capacities, [("event_store.load", dynamodb.recorder().read_units())], "the sum of all pages");
}
