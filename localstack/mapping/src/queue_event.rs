//! The event of a queue's messages (Lambda guide, "Using Lambda with Amazon SQS", "Example standard queue message
//! event").

use serde_json::{Map, Value, json};
use stack_base::account::{ACCOUNT, REGION, queue_arn};
use stack_sqs::ReceivedMessage;

/// The event with these messages, as JSON.
pub(super) fn event(queue: &str, messages: &[ReceivedMessage]) -> Vec<u8> {
    let records: Vec<Value> = messages.iter().map(|message| record(queue, message)).collect();
    json!({"Records": records}).to_string().into_bytes()
}

/// A message as the function gets it.
pub(super) fn record(queue: &str, message: &ReceivedMessage) -> Value {
    let mut system = message.system.clone();
    system.extend([
        ("ApproximateReceiveCount".to_owned(), message.receives.to_string()),
        ("SentTimestamp".to_owned(), message.sent_ms.to_string()),
        ("SenderId".to_owned(), ACCOUNT.to_owned()),
        ("ApproximateFirstReceiveTimestamp".to_owned(), message.first_received_ms.to_string()),
    ]);
    json!({
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": system,
        "messageAttributes": attributes(&message.attributes),
        "md5OfBody": format!("{:x}", md5::compute(&message.body)),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn(queue),
        "awsRegion": REGION,
    })
}

/// A record as filters see it: a body that is a JSON map is that map, and every other body is a text. A pattern for JSON
/// drops a text, and a pattern for a text drops JSON (Lambda guide, "Properly filtering Amazon SQS messages").
pub(super) fn filtered(record: &Value, message: &ReceivedMessage) -> Value {
    let mut record = record.clone();
    if let Ok(body @ Value::Object(_)) = serde_json::from_str(&message.body) {
        record["body"] = body;
    }
    record
}

/// Message attributes, which SQS names in upper case, in the form of the event.
fn attributes(text: &str) -> Map<String, Value> {
    let attributes: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    let attribute = |(name, given): (String, Value)| {
        let mut attribute = json!({
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": given["DataType"],
        });
        for (from, to) in [("StringValue", "stringValue"), ("BinaryValue", "binaryValue")] {
            if let Some(value) = given.get(from).filter(|value| !value.is_null()) {
                attribute[to] = value.clone();
            }
        }
        (name, attribute)
    };
    attributes.into_iter().map(attribute).collect()
}
