//! What the store makes of lost answers, refusals and items that are no commits.

use es_core::{AppendError, Appended, EventAppender, EventReader, StoreError, StreamVersion};
use event_store::DynamoEventStore;
use serde_json::json;
use testing::contract::{Past, all};
use testing::dynamodb::{Fault, LocalDynamoDb};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use std::num::NonZeroU16;
use std::time::Duration;

async fn started() -> (LocalDynamoDb, DynamoEventStore) {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    (dynamodb, store)
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_recognised_when_it_is_repeated() {
    let (dynamodb, store) = started().await;
    let past = Past::new().then(2);
    let commit = &past.commits[0];
    dynamodb.faults().script([Fault::LostAnswer]);
    let lost = store.append(commit).await.unwrap_err();
    assert!(matches!(lost, AppendError::Store(StoreError::Unavailable(_))), "{lost}");
    let repeated = store.append(commit).await.unwrap();
    assert_eq!(repeated, Appended::AlreadyThere(Box::new(commit.clone())));
    assert_eq!(all(&store, past.stream()).await, past.commits);
}

#[tokio::test]
async fn a_write_that_the_sdk_repeats_after_a_lost_answer_succeeds() {
    let dynamodb = LocalDynamoDb::start().await;
    let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
    let client = Client::from_conf(dynamodb.config().retry_config(retries).build());
    let store = DynamoEventStore::new(client, dynamodb.event_table().await);
    let past = Past::new().then(1);
    dynamodb.faults().script([Fault::LostAnswer]);
    let appended = store.append(&past.commits[0]).await.unwrap();
    assert_eq!(appended, Appended::AlreadyThere(Box::new(past.commits[0].clone())));
    assert_eq!(dynamodb.recorder().count("PutItem"), 2);
}

#[tokio::test]
async fn a_write_that_was_not_sent_took_no_effect() {
    let (dynamodb, store) = started().await;
    let past = Past::new().then(1);
    dynamodb.faults().script([Fault::NotSent]);
    let unsent = store.append(&past.commits[0]).await.unwrap_err();
    assert!(matches!(unsent, AppendError::Store(StoreError::Unavailable(_))), "{unsent}");
    assert_eq!(store.append(&past.commits[0]).await.unwrap(), Appended::New);
}

#[tokio::test]
async fn throttling_is_told_from_other_failures_and_keeps_its_source() {
    let (dynamodb, store) = started().await;
    let past = Past::new().then(1);
    dynamodb.faults().script([Fault::Throttled]);
    let AppendError::Store(StoreError::Throttled(source)) = store.append(&past.commits[0]).await.unwrap_err()
    else {
        panic!("no throttle")
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
async fn a_refusal_without_the_item_in_the_way_is_a_failure_of_the_store() {
    let (dynamodb, store) = started().await;
    let body = json!({ "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" });
    dynamodb.faults().script([Fault::Answered { status: 400, body }]);
    let error = store.append(&Past::new().then(1).commits[0]).await.unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::Unavailable(_))), "{error}");
}

#[tokio::test]
async fn a_commit_too_large_is_refused_before_any_request() {
    let (dynamodb, store) = started().await;
    let mut past = Past::new().then(1);
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
async fn an_item_that_is_no_commit_is_named_corrupt() {
    let dynamodb = LocalDynamoDb::start().await;
    let (client, table) = (dynamodb.client(), dynamodb.event_table().await);
    let past = Past::new().then(1);
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
