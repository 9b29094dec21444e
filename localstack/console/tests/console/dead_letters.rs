//! Tests of dead letters: their reasons, and the redrive of their records and events.

use serde_json::{Value, json};
use stack_kinesis::Entry;

use crate::stack::{ORDER, PROJECT, REACT, TestConsole, start, start_with};

const STREAM: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/EventStream";

/// Puts a record on the stream, and a message about it into the queue. Returns the message's id.
fn dead_letter(console: &TestConsole, key: &str, function: &str) -> String {
    let entry = Entry { partition_key: key.to_owned(), explicit_hash_key: None, data: b"{}".to_vec() };
    let sequence = console.kinesis.put("EventStream", &[entry]).unwrap()[0].number.clone();
    let body = json!({
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2,
            "functionArn": format!("arn:aws:lambda:us-east-1:000000000000:function:{function}")},
        "KinesisBatchInfo": {"streamArn": STREAM, "shardId": "shardId-000000000000", "batchSize": 1,
            "startSequenceNumber": sequence, "endSequenceNumber": sequence},
    });
    console.sqs.send("failures", &body.to_string(), "{}", None).unwrap()
}

async fn messages(console: &TestConsole) -> Vec<Value> {
    let queues = console.json("/api/dead-letters").await;
    assert_eq!((queues.as_array().unwrap().len(), &queues[0]["name"]), (1, &json!("failures")));
    queues[0]["messages"].as_array().unwrap().clone()
}

async fn redrive(console: &TestConsole, id: &str) -> (u16, Value) {
    let url = format!("{}/api/dead-letters/failures/{id}/redrive", console.url);
    let answer = console.client.post(url).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_message_is_shown_with_its_reason_and_its_records() {
    let console = start().await;
    let id = dead_letter(&console, "good", PROJECT);
    console.sqs.send("failures", "not JSON", "{}", None).unwrap();
    let shown = messages(&console).await;
    let reason = json!("RetryAttemptsExhausted after 2 invocations");
    assert_eq!((&shown[0]["id"], &shown[0]["reason"]), (&json!(id), &reason));
    assert_eq!((&shown[0]["function"], &shown[0]["records"]), (&json!(PROJECT), &json!(1)));
    assert_eq!((&shown[0]["can_redrive"], &shown[0]["receives"]), (&json!(true), &json!(0)));
    assert_eq!(shown[1]["reason"], json!("the message gives no reason"));
    assert_eq!((&shown[1]["can_redrive"], &shown[1]["body"]), (&json!(false), &json!("not JSON")));
}

#[tokio::test]
async fn a_redrive_invokes_the_function_with_the_records_and_deletes_the_message() {
    let console = start().await;
    let id = dead_letter(&console, "good", PROJECT);
    assert_eq!(
        redrive(&console, &id).await,
        (200, json!({"outcome": "The function processed 1 record.", "left": 0}))
    );
    assert_eq!(console.lambda.counts()[PROJECT].invocations, 1);
    assert_eq!(messages(&console).await, Vec::<Value>::new());
    assert_eq!(redrive(&console, &id).await.0, 404);
}

#[tokio::test]
async fn a_message_whose_redrive_fails_stays_in_its_queue() {
    let console = start().await;
    let failing = dead_letter(&console, "bad", PROJECT);
    let reason = "the message is in its queue again: the function failed: the record is bad";
    assert_eq!(redrive(&console, &failing).await, (409, json!({"message": reason})));
    let other = dead_letter(&console, "good", "Place");
    let (status, refused) = redrive(&console, &other).await;
    assert!(
        status == 409 && refused["message"].as_str().unwrap().contains("names neither records"),
        "{refused}"
    );
    let shown = messages(&console).await;
    assert_eq!(shown.len(), 2);
    assert_eq!((&shown[0]["receives"], &shown[0]["is_hidden"]), (&json!(1), &json!(false)));
    assert_eq!(shown[1]["can_redrive"], json!(false));
}

/// Lambda guide, "Capturing records of Lambda asynchronous invocations".
#[tokio::test]
async fn the_event_of_an_asynchronous_invocation_is_redriven() {
    let console = start_with(&[REACT]).await;
    let record = |key: &str| {
        json!({
            "version": "1.0",
            "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3,
                "functionArn": format!("arn:aws:lambda:us-east-1:000000000000:function:{REACT}:$LATEST")},
            "requestPayload": {"detail": {"subject": ORDER, "partitionKey": key}},
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        })
    };
    let [good, bad] = ["good", "bad"]
        .map(|key| console.sqs.send("failures", &record(key).to_string(), "{}", None).unwrap());
    let shown = messages(&console).await;
    let reason = json!("RetriesExhausted after 3 invocations, function error Unhandled");
    assert_eq!((&shown[0]["reason"], &shown[0]["function"]), (&reason, &json!(REACT)));
    assert_eq!((&shown[0]["can_redrive"], &shown[0]["stream"]), (&json!(true), &json!(ORDER)));
    let outcome = json!({"outcome": "The function processed the event.", "left": 1});
    assert_eq!(redrive(&console, &good).await, (200, outcome));
    let reason = "the message is in its queue again: the function failed: the record is bad";
    assert_eq!(redrive(&console, &bad).await, (409, json!({"message": reason})));
    assert_eq!(console.lambda.counts()[REACT].invocations, 2);
}

/// `EventBridge` user guide, "Using dead-letter queues to process undelivered events".
#[tokio::test]
async fn an_event_that_a_rule_did_not_deliver_is_redriven() {
    // The first stack does not have the function, so the event becomes a dead letter.
    let console = start().await;
    console.publish("OrderPlaced", ORDER);
    let shown = messages(&console).await;
    let reason = json!("NO_RESOURCE of the rule React-Placed after 0 retries: there is no function `React`");
    assert_eq!((&shown[0]["reason"], &shown[0]["function"]), (&reason, &json!(REACT)));
    assert_eq!((&shown[0]["can_redrive"], &shown[0]["stream"]), (&json!(true), &json!(ORDER)));
    let (status, refused) = redrive(&console, shown[0]["id"].as_str().unwrap()).await;
    let expected =
        "the message is in its queue again: the target did not get the event: there is no function `React`";
    assert_eq!((status, refused), (409, json!({"message": expected})));

    let letter = console.sqs.receive("failures", 1, None, None).await.unwrap().remove(0);
    let console = start_with(&[REACT]).await;
    let id = console.sqs.send("failures", &letter.body, &letter.attributes, None).unwrap();
    assert_eq!(
        redrive(&console, &id).await,
        (200, json!({"outcome": "The target has the event.", "left": 0}))
    );
}
