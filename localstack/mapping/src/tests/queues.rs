//! Tests of a mapping from a queue.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use stack_sqs::NewMessage;

use super::fixture::{Action, Fixture, count, on_key};

fn sorted(calls: &[String]) -> Vec<char> {
    let mut bodies: Vec<char> = calls.concat().chars().collect();
    bodies.sort_unstable();
    bodies
}

/// Lambda guide, "Using Lambda with Amazon SQS", "Example standard queue message event".
#[tokio::test]
async fn the_event_is_lambdas_sqs_event() {
    let mut fixture = Fixture::new(1);
    fixture.read_jobs();
    let attributes = json!({"kind": {"DataType": "String", "StringValue": "job"}}).to_string();
    let system = BTreeMap::from([("MessageGroupId".to_owned(), "tenant-1".to_owned())]);
    let message = NewMessage { body: "x", attributes: &attributes, system: &system, delay: None };
    fixture.sqs.send_message("jobs", message).unwrap();
    let function = fixture.start(|_, _| Action::Succeed);
    function.calls(|calls| !calls.is_empty()).await;
    let mut record = function.first_event()["Records"][0].clone();
    let members = record.as_object_mut().unwrap();
    for text in ["messageId", "receiptHandle"] {
        assert!(members.remove(text).unwrap().as_str().is_some_and(|text| !text.is_empty()), "{text}");
    }
    let times = members.get_mut("attributes").unwrap().as_object_mut().unwrap();
    for time in ["SentTimestamp", "ApproximateFirstReceiveTimestamp"] {
        assert_eq!(times.remove(time).unwrap().as_str().unwrap().len(), 13, "{time}");
    }
    let expected = json!({
        "body": "x",
        "attributes": {"ApproximateReceiveCount": "1", "SenderId": "000000000000", "MessageGroupId": "tenant-1"},
        "messageAttributes": {
            "kind": {"stringValue": "job", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        },
        "md5OfBody": "9dd4e461268c8034f5c8564e155c67a6",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:jobs",
        "awsRegion": "us-east-1",
    });
    assert_eq!(record, expected);
    fixture.jobs_done().await;
}

#[tokio::test]
async fn a_failed_batch_returns_to_the_queue() {
    let mut fixture = Fixture::new(1);
    fixture.read_jobs();
    fixture.send_jobs("a");
    let function = fixture.start(|_, call| if call == 0 { Action::Fail } else { Action::Succeed });
    assert_eq!(function.calls(|calls| calls.len() == 2).await, ["a", "a"]);
    fixture.jobs_done().await;
}

#[tokio::test]
async fn only_the_reported_messages_return_to_the_queue() {
    let mut fixture = Fixture::new(1);
    fixture.read_jobs();
    fixture.mapping.maximum_concurrency = Some(1);
    fixture.send_jobs("abcd");
    let function = fixture.start(|_, call| if call == 0 { Action::Report(&["b"]) } else { Action::Succeed });
    let calls = function.calls(|calls| calls.len() == 2).await;
    assert_eq!((sorted(&calls[..1]), calls[1].as_str()), (vec!['a', 'b', 'c', 'd'], "b"));
    fixture.jobs_done().await;
}

#[tokio::test]
async fn a_failed_batch_returns_whole_without_reporting() {
    let mut fixture = Fixture::new(1);
    fixture.read_jobs();
    fixture.mapping.maximum_concurrency = Some(1);
    fixture.mapping.reports_batch_item_failures = false;
    fixture.send_jobs("ab");
    let function = fixture.start(|_, call| if call == 0 { Action::Fail } else { Action::Report(&["a"]) });
    let calls = function.calls(|calls| count(calls) >= 4).await;
    assert_eq!(sorted(&calls), ['a', 'a', 'b', 'b']);
    fixture.jobs_done().await;
}

#[tokio::test]
async fn a_window_fills_a_batch_from_several_receives() {
    let mut fixture = Fixture::new(1);
    fixture.read_jobs();
    fixture.mapping.maximum_concurrency = Some(1);
    fixture.mapping.batch_size = 15;
    fixture.mapping.batching_window = Duration::from_mins(5);
    fixture.send_jobs("abcdefghijklmno");
    let function = fixture.start(|_, _| Action::Succeed);
    assert_eq!(function.calls(|calls| !calls.is_empty()).await[0].len(), 15);
    fixture.jobs_done().await;
}

#[tokio::test]
async fn a_throttled_batch_returns_to_the_queue() {
    let mut fixture = Fixture::new(1);
    fixture.read_jobs();
    fixture.send_jobs("a");
    let function = fixture.start(|_, call| if call < 2 { Action::Throttle } else { Action::Succeed });
    assert_eq!(function.calls(|calls| calls.len() == 3).await, ["a", "a", "a"]);
    fixture.jobs_done().await;
}

/// Lambda guide, "Properly filtering Amazon SQS messages": a dropped message is deleted.
#[tokio::test]
async fn a_message_that_the_filters_drop_is_deleted() {
    let mut fixture = Fixture::new(1);
    // The pattern names no key that only Kinesis has.
    fixture.filter(r#"{"eventSource": ["aws:kinesis"]}"#);
    fixture.read_jobs();
    fixture.send_jobs("ab");
    let function = fixture.start(on_key("never", Action::Fail));
    fixture.jobs_done().await;
    assert!(function.calls(|_| true).await.is_empty());
}
