//! The store's appends and loads: lost responses, refused writes, corrupt items, and the costs in requests and in the
//! capacity that DynamoDB reports.

use std::num::NonZeroU16;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{
    AppendError, Appended, EventAppender, EventReader, Load, Segment, Snapshot, SnapshotCheck, StoreError,
    StreamVersion,
};
use event_store::{CommitItem, DynamoEventStore};
use serde_json::json;
use telemetry::Metrics;
use testing::contract::{StreamBuilder, all, check_schema};
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::{consumed_capacities, exported_spans, logged};
use tokio::time::Instant;

async fn started() -> (LocalDynamoDb, DynamoEventStore) {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    (dynamodb, store)
}

#[tokio::test]
async fn a_repeated_write_after_a_lost_response_is_recognized() {
    let (dynamodb, store) = started().await;
    let past = StreamBuilder::new().then(2);
    let commit = &past.commits[0];
    dynamodb.faults().script([Fault::LostAnswer]);
    let lost = store.append(commit).await.unwrap_err();
    assert!(matches!(lost, AppendError::Store(StoreError::Unavailable(_))), "{lost}");
    let repeated = store.append(commit).await.unwrap();
    assert_eq!(repeated, Appended::AlreadyThere(Box::new(commit.clone())));
    assert_eq!(all(&store, past.stream()).await, past.commits);
}

#[tokio::test]
async fn a_write_that_the_sdk_retries_after_a_lost_response_succeeds() {
    let dynamodb = LocalDynamoDb::start().await;
    let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
    let client = Client::from_conf(dynamodb.config().retry_config(retries).build());
    let store = DynamoEventStore::new(client, dynamodb.event_table().await);
    let past = StreamBuilder::new().then(1);
    dynamodb.faults().script([Fault::LostAnswer]);
    let appended = store.append(&past.commits[0]).await.unwrap();
    assert_eq!(appended, Appended::AlreadyThere(Box::new(past.commits[0].clone())));
    assert_eq!(dynamodb.recorder().count("PutItem"), 2);
}

#[tokio::test]
async fn a_write_that_was_not_sent_has_no_effect() {
    let (dynamodb, store) = started().await;
    let past = StreamBuilder::new().then(1);
    dynamodb.faults().script([Fault::NotSent]);
    let unsent = store.append(&past.commits[0]).await.unwrap_err();
    assert!(matches!(unsent, AppendError::Store(StoreError::Unavailable(_))), "{unsent}");
    assert_eq!(store.append(&past.commits[0]).await.unwrap(), Appended::New);
}

#[tokio::test]
async fn throttling_is_distinguished_from_other_failures_and_keeps_its_source() {
    let (dynamodb, store) = started().await;
    let past = StreamBuilder::new().then(1);
    dynamodb.faults().script([Fault::Throttled]);
    let AppendError::Store(StoreError::Throttled(source)) = store.append(&past.commits[0]).await.unwrap_err()
    else {
        panic!("the error must be throttling with its source")
    };
    let source = format!("{:?}", source.source());
    assert!(source.contains("ProvisionedThroughputExceeded") && source.contains("throughput was exceeded"));
    dynamodb.faults().script([Fault::Throttled]);
    let error = store.commits_after(past.stream(), StreamVersion::NONE, NonZeroU16::MIN).await.unwrap_err();
    assert!(matches!(error, StoreError::Throttled(_)), "{error}");
    let body = json!({ "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError" });
    dynamodb.faults().script([Fault::Answered { status: 500, body }]);
    let error = store.append(&past.commits[0]).await.unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::Unavailable(_))), "{error}");
}

#[tokio::test]
async fn a_refused_put_without_the_stored_item_is_a_failure_of_the_store() {
    let (dynamodb, store) = started().await;
    let body = json!({ "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" });
    dynamodb.faults().script([Fault::Answered { status: 400, body }]);
    let error = store.append(&StreamBuilder::new().then(1).commits[0]).await.unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::Unavailable(_))), "{error}");
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused_before_any_request() {
    let (dynamodb, store) = started().await;
    let mut past = StreamBuilder::new().then(1);
    let room = dynamo::MAX_ITEM_BYTES - event_store::CommitItem::try_from(&past.commits[0]).unwrap().bytes();
    let event = &mut past.commits[0].events[0];
    let fill = room + event.data.to_string().len() - json!({ "text": "" }).to_string().len();
    event.data = json!({ "text": "x".repeat(fill + 1) });
    let error = store.append(&past.commits[0]).await.unwrap_err();
    assert!(matches!(error, AppendError::TooLarge { bytes: 409_601, limit: 409_600 }), "{error}");
    assert_eq!(dynamodb.recorder().requests(), Vec::<String>::new());
    past.commits[0].events[0].data = json!({ "text": "x".repeat(fill) });
    assert_eq!(store.append(&past.commits[0]).await.unwrap(), Appended::New);
}

#[tokio::test]
async fn an_item_that_is_not_a_commit_is_reported_as_corrupt() {
    let dynamodb = LocalDynamoDb::start().await;
    let (client, table) = (dynamodb.client(), dynamodb.event_table().await);
    let past = StreamBuilder::new().then(1);
    let stream = past.stream().to_string();
    let put = client.put_item().table_name(&table).item("pk", AttributeValue::S(stream.clone()));
    put.item("sk", AttributeValue::N("1".to_owned())).send().await.unwrap();
    let store = DynamoEventStore::new(client, table);
    let read = store.commits_after(past.stream(), StreamVersion::NONE, NonZeroU16::MIN).await;
    let AppendError::Store(written) = store.append(&past.commits[0]).await.unwrap_err() else { panic!() };
    for error in [read.unwrap_err(), written] {
        let StoreError::Corrupt { stream: blamed, reason } = error else { panic!("{error}") };
        assert_eq!(blamed, stream);
        assert!(reason.contains("count"), "{reason}");
    }
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_does_not_make_its_commit_unreadable() {
    let dynamodb = LocalDynamoDb::start().await;
    let table = dynamodb.event_table().await;
    let store = DynamoEventStore::new(dynamodb.client(), &table);
    let past = StreamBuilder::new().then(1).then(1);
    past.append_to(&store).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let unreadable = [
        text("{"),
        text("[]"),
        text(r#"{"schema":-1,"state":{},"recent_keys":""}"#),
        text(r#"{"schema":1,"state":{},"recent_keys":[]}"#),
        text(&"[".repeat(1_000)),
        AttributeValue::N("1".to_owned()),
        AttributeValue::Null(true),
        AttributeValue::M([("schema".to_owned(), AttributeValue::N("1".to_owned()))].into()),
    ];
    for snapshot in unreadable {
        let sk = AttributeValue::N("1".to_owned());
        dynamodb.set(&table, (&past.stream().to_string(), sk), "snapshot", snapshot.clone()).await;
        let load = Load { stream: past.stream(), upto: None, check: check_schema::<SCHEMA>, page: EVERY };
        assert_eq!(store.load(load).await.unwrap(), past.commits, "{snapshot:?}");
        let after = store.commits_after(past.stream(), StreamVersion::NONE, NonZeroU16::MAX).await;
        assert_eq!(after.unwrap(), past.commits, "{snapshot:?}");
        let scan = store.load_all(Segment { index: 0, total: 1 }, None, NonZeroU16::MAX).await;
        assert_eq!(scan.unwrap().commits, past.commits, "{snapshot:?}");
    }
}

#[tokio::test]
async fn the_span_of_a_read_that_finds_a_corrupt_item_has_the_capacity_of_its_requests() {
    let dynamodb = LocalDynamoDb::start().await;
    let table = dynamodb.event_table().await;
    let store = DynamoEventStore::new(dynamodb.client(), &table);
    let past = (0..40).fold(StreamBuilder::new(), |past, _| past.then(1));
    past.append_to(&store).await;
    let first = AttributeValue::N("1".to_owned());
    let stream = past.stream().to_string();
    dynamodb.set(&table, (&stream, first), "events", AttributeValue::S("?".to_owned())).await;
    dynamodb.recorder().clear();
    let load = Load { stream: past.stream(), upto: None, check: check_schema::<SCHEMA>, page: EVERY };
    let (loaded, capacities) = consumed_capacities(store.load(load)).await;
    assert!(matches!(loaded, Err(StoreError::Corrupt { .. })), "{loaded:?}");
    assert_eq!(dynamodb.recorder().requests(), ["Query"; 2]);
    assert_eq!(capacities, [("event_store.load_events", dynamodb.recorder().read_units())]);

    dynamodb.recorder().clear();
    let read = store.commits_after(past.stream(), StreamVersion::NONE, NonZeroU16::MAX);
    let (read, capacities) = consumed_capacities(read).await;
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    assert_eq!(capacities, [("event_store.load_events_after", dynamodb.recorder().read_units())]);

    dynamodb.recorder().clear();
    let scan = store.load_all(Segment { index: 0, total: 1 }, None, NonZeroU16::MAX);
    let (scanned, capacities) = consumed_capacities(scan).await;
    assert_eq!(scanned.unwrap().unreadable.len(), 1);
    assert_eq!(capacities, [("event_store.load_all_events", dynamodb.recorder().read_units())]);
}

#[tokio::test]
async fn the_span_of_each_call_names_the_side_and_that_of_an_append_the_last_event() {
    let (_dynamodb, store) = started().await;
    let mut past = StreamBuilder::new().then(2);
    past.commits[0].events[1].event_type = "AccountClosed".into();
    for (store, side) in [(store.clone(), "command"), (store.on_side("projection"), "projection")] {
        let calls = async {
            store.append(&past.commits[0]).await.unwrap();
            all(&store, past.stream()).await;
            store.commits_after(past.stream(), StreamVersion::NONE, NonZeroU16::MIN).await.unwrap();
            store.load_all(Segment { index: 0, total: 1 }, None, NonZeroU16::MAX).await.unwrap();
        };
        let ((), mut spans) = Box::pin(exported_spans(calls)).await;
        spans.retain(|span| span.name.starts_with("event_store."));
        let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
        let expected = ["append_event", "load_events", "load_events_after", "load_all_events"];
        assert_eq!(names, expected.map(|call| format!("event_store.{call}")));
        assert!(spans.iter().all(|span| span.attributes(["cqrs.side"]) == [side]), "{spans:?}");
        let of_append = ["cqrs.event_type", "cqrs.aggregate_id", "cqrs.aggregate_version"];
        let stream = past.stream().to_string();
        assert_eq!(spans[0].attributes(of_append), ["AccountClosed", stream.as_str(), "2"]);
    }
}

/// Tokio's timer counts whole milliseconds.
#[tokio::test(start_paused = true)]
async fn a_pause_takes_some_time_up_to_the_longest() {
    let store = DynamoEventStore::new(LocalDynamoDb::start().await.client(), "events");
    let (start, longest) = (Instant::now(), Duration::from_mins(1));
    store.pause(longest).await;
    let paused = start.elapsed();
    assert!(!paused.is_zero() && paused <= longest + Duration::from_millis(1), "{paused:?}");
}

testing::store_contract!(async { started().await.1 });

const SCHEMA: u32 = 1;
const EVERY: NonZeroU16 = NonZeroU16::MIN.saturating_add(15);

/// A stream of three commits with one event each. The first event opens an account with three holders.
fn account() -> StreamBuilder {
    let mut past = StreamBuilder::new().then(1).then(1).then(1);
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
async fn an_append_costs_one_request_and_one_write_unit() {
    let (dynamodb, store) = started().await;
    for commit in account().commits {
        dynamodb.recorder().clear();
        store.append(&commit).await.unwrap();
        assert_eq!(dynamodb.recorder().requests(), ["PutItem"]);
        let bytes = CommitItem::try_from(&commit).unwrap().bytes();
        assert!(dynamodb.recorder().write_units() <= 1.0 && bytes <= 1_024, "{bytes} bytes");
        assert!(dynamodb.recorder().write_units() > 0.0, "DynamoDB must report the consumed capacity");
        assert!(dynamodb.recorder().read_units() <= 0.0);
    }
}

#[tokio::test]
async fn a_load_costs_one_request_and_one_read_unit() {
    let (dynamodb, store) = started().await;
    let past = account();
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    let load = Load { stream: past.stream(), upto: None, check: check_schema::<SCHEMA>, page: EVERY };
    assert_eq!(store.load(load).await.unwrap(), past.commits);
    assert_eq!(dynamodb.recorder().requests(), ["Query"]);
    // An eventually consistent read would cost half a unit.
    let (read, written) = (dynamodb.recorder().read_units(), dynamodb.recorder().write_units());
    assert!(read > 0.9 && read <= 1.0 && written <= 0.0, "{read} read units, {written} write units");
}

/// A read that is not consistent may miss an acknowledged append: a command would decide on an old state, a gap would
/// stay, and a rebuild would miss events.
#[tokio::test]
async fn every_read_is_consistent() {
    let (dynamodb, store) = started().await;
    let past = account();
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    all(&store, past.stream()).await;
    store.commits_after(past.stream(), StreamVersion::NONE, NonZeroU16::MAX).await.unwrap();
    store.load_all(Segment { index: 0, total: 1 }, None, NonZeroU16::MAX).await.unwrap();
    assert_eq!(dynamodb.recorder().requests(), ["Query", "Query", "Scan"], "one request for each read");
    assert_eq!(dynamodb.recorder().eventual_reads(), [""; 0]);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_decoded_is_counted_and_logged() {
    let (_dynamodb, store) = started().await;
    let past = StreamBuilder::new().then(1).with_snapshot(SCHEMA).then(1).with_snapshot(SCHEMA);
    past.append_to(&store).await;
    let check = |_: &Snapshot| match serde_json::from_str::<u8>("text") {
        Err(error) => SnapshotCheck::Undecodable(error.into()),
        Ok(_) => SnapshotCheck::Usable,
    };
    let load = Load { stream: past.stream(), upto: None, check, page: EVERY };
    let work = async {
        store.load(load).await.unwrap();
        tracing::info!(metrics = Metrics::for_operation("load").field(), "loaded");
    };
    let ((), lines) = logged(work).await;
    let ignored = lines.iter().filter(|line| line["level"] == "WARN");
    let versions: Vec<_> = ignored.map(|line| line["version"].to_string()).collect();
    assert_eq!(versions.len(), 2, "{lines:?}");
    assert_eq!(lines.last().unwrap()["SnapshotsIgnored"], 2);
}

#[tokio::test]
async fn a_conflict_and_a_repeated_write_cost_no_read() {
    let (dynamodb, store) = started().await;
    let past = account();
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    let late = StreamBuilder::on_stream(past.stream().clone()).next(1);
    assert!(matches!(store.append(&late).await, Err(AppendError::Conflict { .. })));
    store.append(&past.commits[0]).await.unwrap();
    assert_eq!(dynamodb.recorder().requests(), ["PutItem", "PutItem"]);
}

#[tokio::test]
async fn a_load_of_a_thousand_commits_reads_only_the_commits_from_the_latest_snapshot_on() {
    let (dynamodb, store) = started().await;
    let mut past = StreamBuilder::new();
    for number in 1..=1_000 {
        past = past.then(1);
        if number % EVERY.get() == 0 {
            past = past.with_snapshot(SCHEMA);
        }
    }
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    let load = Load { stream: past.stream(), upto: None, check: check_schema::<SCHEMA>, page: EVERY };
    assert_eq!(store.load(load).await.unwrap(), past.commits[991..]);
    assert_eq!(dynamodb.recorder().requests(), ["Query"]);
    // The load reads at most sixteen commits of less than 1 KB each.
    assert!(dynamodb.recorder().read_units() <= 4.0, "{} units", dynamodb.recorder().read_units());
}

#[tokio::test]
async fn a_load_goes_past_a_snapshot_that_cannot_be_decoded() {
    let (_dynamodb, store) = started().await;
    let past = StreamBuilder::new()
        .then(1)
        .then(1)
        .with_snapshot(SCHEMA)
        .then(1)
        .then(1)
        .with_snapshot(SCHEMA + 1)
        .then(1);
    past.append_to(&store).await;
    let check = |snapshot: &Snapshot| match serde_json::from_str::<u8>("text") {
        Err(error) if snapshot.schema != SCHEMA => SnapshotCheck::Undecodable(error.into()),
        _ => SnapshotCheck::Usable,
    };
    let load = Load { stream: past.stream(), upto: None, check, page: EVERY };
    assert_eq!(store.load(load).await.unwrap(), past.commits[1..]);
}

#[tokio::test]
async fn without_a_usable_snapshot_the_number_of_requests_grows_with_the_logarithm() {
    let (dynamodb, store) = started().await;
    let past = (0..200).fold(StreamBuilder::new(), |past, _| past.then(1));
    past.append_to(&store).await;
    dynamodb.recorder().clear();
    let load = Load { stream: past.stream(), upto: None, check: check_schema::<SCHEMA>, page: EVERY };
    let (loaded, capacities) = consumed_capacities(store.load(load)).await;
    assert_eq!(loaded.unwrap(), past.commits);
    assert_eq!(dynamodb.recorder().count("Query"), 4);
    assert_eq!(
        capacities,
        [("event_store.load_events", dynamodb.recorder().read_units())],
        "the span must report the sum of all pages"
    );
}
