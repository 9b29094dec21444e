//! Tests of a mapping from the stream of a table.

use serde_json::json;

use super::fixture::{Action, Fixture, count, on_key};

/// Lambda guide, "Using AWS Lambda with Amazon DynamoDB", example event.
#[tokio::test]
async fn the_event_is_lambdas_dynamodb_event() {
    let mut fixture = Fixture::new(1);
    fixture.read_items();
    fixture.change_items("a");
    let function = fixture.start(|_, _| Action::Succeed);
    function.calls(|calls| !calls.is_empty()).await;
    let expected = json!({
        "eventID": "event-0", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000.0,
            "Keys": {"pk": {"S": "a"}},
            "NewImage": {"pk": {"S": "a"}},
            "SequenceNumber": "000000000000000000100",
            "SizeBytes": 6,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN":
            "arn:aws:dynamodb:us-east-1:000000000000:table/items/stream/2026-01-01T00:00:00.000",
    });
    assert_eq!(function.first_event()["Records"][0], expected);
}

#[tokio::test]
async fn a_reported_change_and_all_after_it_are_redelivered() {
    let mut fixture = Fixture::new(1);
    fixture.read_items();
    fixture.change_items("abcd");
    let function = fixture.start(|_, call| if call == 0 { Action::Report(&["c"]) } else { Action::Succeed });
    assert_eq!(function.calls(|calls| calls.len() == 2).await, ["abcd", "cd"]);
}

/// Lambda guide, "Retain discarded records for a DynamoDB event source in Lambda", example record.
#[tokio::test]
async fn the_dead_letter_names_the_changes_of_the_table() {
    let mut fixture = Fixture::new(1);
    fixture.read_items();
    fixture.mapping.maximum_retries = Some(0);
    fixture.change_items("ab");
    fixture.start(on_key("a", Action::Fail));
    let failure = fixture.failure().await;
    assert_eq!(failure["requestContext"]["condition"], "RetryAttemptsExhausted");
    let batch = &failure["DDBStreamBatchInfo"];
    assert_eq!(batch["startSequenceNumber"], "000000000000000000100");
    assert_eq!(batch["endSequenceNumber"], "000000000000000000101");
    assert_eq!((&batch["batchSize"], &batch["shardId"]), (&json!(2), &json!("shardId-00000001-items")));
    assert!(batch["streamArn"].as_str().unwrap().contains(":table/items/stream/"), "{batch}");
}

#[tokio::test]
async fn equal_keys_stay_in_order_over_lanes() {
    let mut fixture = Fixture::new(1);
    fixture.read_items();
    fixture.mapping.parallelization_factor = 3;
    fixture.mapping.batch_size = 2;
    fixture.change_items(&"abc".repeat(4));
    let function =
        fixture.start(|_, number| if number % 3 == 0 { Action::Throttle } else { Action::Succeed });
    let delivered = function.delivered(12, |number| number % 3 != 0).await;
    super::fixture::assert_in_order(&delivered, "abc", 4);
    assert!(function.calls(|calls| count(calls) >= 12).await.len() >= 6);
}
