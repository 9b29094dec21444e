//! The dead-letter queue in SQS: the request that is sent, and the meaning of the responses.

use aws_sdk_sqs::Client;
use event_stream::{Batch, DeadLetter};
use projection::{DeadLetterQueue, SqsDeadLetters};
use serde_json::{Value, json};
use testing::kinesis::batch;
use testing::{ScriptedAnswer, ScriptedService};

const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters";

fn queue(sqs: &ScriptedService) -> SqsDeadLetters {
    SqsDeadLetters::new(Client::new(&sqs.config()), QUEUE)
}

/// The message that SQS gets for `letter`.
async fn message(letter: &DeadLetter) -> String {
    let sqs = ScriptedService::answering([ScriptedAnswer::success(json!({"MessageId": "1"}))]);
    queue(&sqs).send(letter).await.unwrap();
    let request = sqs.requests().remove(0);
    assert_eq!((request.operation.as_str(), &request.body["QueueUrl"]), ("SendMessage", &json!(QUEUE)));
    request.body["MessageBody"].as_str().unwrap().to_owned()
}

fn letter(batch: &Batch, error: &str) -> DeadLetter {
    DeadLetter::from_record("balance-projection", &batch.records[0], error, None)
}

#[tokio::test]
async fn a_letter_is_one_message() {
    let letter = letter(&batch([b"nonsense".to_vec()]), "no \u{ffff} change");
    let message: Value = serde_json::from_str(&message(&letter).await).unwrap();
    assert_eq!(message["data"], "bm9uc2Vuc2U=");
    assert_eq!(
        message["error"], "no \u{fffd} change",
        "SQS refuses U+FFFE and U+FFFF, so they must be replaced"
    );
}

#[tokio::test]
async fn a_letter_of_almost_one_mebibyte_is_sent_with_its_data() {
    // In base64, the data takes 1,040,000 of 1,048,576 bytes.
    let letter = letter(&batch([vec![0; 780_000]]), "");
    let message: Value = serde_json::from_str(&message(&letter).await).unwrap();
    assert_eq!(message["data"].as_str().unwrap().len(), 1_040_000);
}

#[tokio::test]
async fn a_letter_larger_than_one_mebibyte_is_sent_without_its_data() {
    let letter = letter(&batch([vec![0; 1_024 * 1_024]]), "");
    assert!(message(&letter).await.contains("data_omitted"));
}

#[tokio::test]
async fn a_letter_that_sqs_refuses_is_undelivered() {
    let sqs = ScriptedService::answering([ScriptedAnswer::error(500, "InternalFailure")]);
    let letter = letter(&batch([b"nonsense".to_vec()]), "");
    assert!(queue(&sqs).send(&letter).await.is_err());
}
