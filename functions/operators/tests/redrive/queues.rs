//! The queues in Amazon SQS, with a scripted service behind the SDK.

use aws_sdk_sqs::Client;
use operators::redrive::{MessageQueue, QueueMessage, SqsMessages};
use serde_json::{Value, json};
use testing::{ScriptedAnswer, ScriptedService};

const URL: &str = "http://localhost/dead-letters";

fn queue(sqs: &ScriptedService) -> SqsMessages {
    SqsMessages::new(Client::new(&sqs.config()), URL)
}

/// The operation and the body of each request.
fn requests(sqs: &ScriptedService) -> Vec<(String, Value)> {
    sqs.requests().into_iter().map(|request| (request.operation, request.body)).collect()
}

/// How many messages each request asked for.
fn asked_for(sqs: &ScriptedService) -> Vec<u64> {
    let number = |(_, body): (String, Value)| body["MaxNumberOfMessages"].as_u64().unwrap();
    requests(sqs).into_iter().map(number).collect()
}

/// A response with `number` messages.
fn messages(number: usize) -> ScriptedAnswer {
    let one = json!({"MessageId": "id", "ReceiptHandle": "receipt", "Body": "{}"});
    ScriptedAnswer::success(json!({"Messages": vec![one; number]}))
}

fn refusal() -> ScriptedAnswer {
    ScriptedAnswer::error(400, "com.amazonaws.sqs#QueueDoesNotExist")
}

fn message() -> QueueMessage {
    QueueMessage { id: "id".to_owned(), receipt: "receipt".to_owned(), body: "{}".to_owned() }
}

#[tokio::test]
async fn messages_are_received_until_two_responses_in_a_row_are_empty() {
    let sqs = ScriptedService::answering([10, 0, 10, 0, 0].map(messages));
    assert_eq!(queue(&sqs).receive(25).await.unwrap(), vec![message(); 20]);
    assert_eq!(asked_for(&sqs), [10, 10, 10, 5, 5]);
    let (operation, body) = &requests(&sqs)[0];
    assert_eq!(operation, "ReceiveMessage");
    let settings =
        json!({"QueueUrl": URL, "MaxNumberOfMessages": 10, "VisibilityTimeout": 960, "WaitTimeSeconds": 1});
    assert_eq!(*body, settings);
}

#[tokio::test]
async fn no_more_messages_are_received_than_wanted() {
    let sqs = ScriptedService::answering([messages(10), messages(2)]);
    assert_eq!(queue(&sqs).receive(12).await.unwrap().len(), 12);
    assert_eq!(asked_for(&sqs), [10, 2]);
}

#[tokio::test]
async fn a_failure_after_some_messages_returns_these() {
    let sqs = ScriptedService::answering([messages(3), refusal()]);
    assert_eq!(queue(&sqs).receive(10).await.unwrap().len(), 3);
    assert_eq!(asked_for(&sqs), [10, 7]);
    let failed = queue(&ScriptedService::answering([refusal()])).receive(10).await;
    assert!(failed.is_err(), "{failed:?}");
}

#[tokio::test]
async fn each_operation_names_its_queue_and_its_message() {
    let sqs = ScriptedService::answering(vec![ScriptedAnswer::success(json!({"MessageId": "id"})); 5]);
    let queue = queue(&sqs);
    queue.delete(&message()).await.unwrap();
    queue.put_back(&message()).await.unwrap();
    queue.send("new").await.unwrap();
    queue.replace(&message(), "newer").await.unwrap();
    let send = |body: &str| ("SendMessage".to_owned(), json!({"QueueUrl": URL, "MessageBody": body}));
    let delete = ("DeleteMessage".to_owned(), json!({"QueueUrl": URL, "ReceiptHandle": "receipt"}));
    let show = json!({"QueueUrl": URL, "ReceiptHandle": "receipt", "VisibilityTimeout": 0});
    let expected =
        [delete.clone(), ("ChangeMessageVisibility".to_owned(), show), send("new"), send("newer"), delete];
    assert_eq!(requests(&sqs), expected);
}

#[tokio::test]
async fn each_operation_reports_a_refusal() {
    let queue = queue(&ScriptedService::answering(vec![refusal(); 4]));
    assert!(queue.delete(&message()).await.is_err());
    assert!(queue.put_back(&message()).await.is_err());
    assert!(queue.send("new").await.is_err());
    // A message whose replacement was not stored is not deleted.
    assert!(queue.replace(&message(), "newer").await.is_err());
}
