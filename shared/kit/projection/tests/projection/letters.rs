//! What a dead letter says.

use event_stream::Record;
use projection::DeadLetter;
use serde_json::{Value, json};
use testing::kinesis::{batch, sequence};

fn record(data: &[u8]) -> Record {
    batch([data.to_vec()]).records.remove(0)
}

fn message(letter: &DeadLetter<'_>, limit: usize) -> Value {
    let message = letter.message(limit);
    assert!(message.len() <= limit);
    serde_json::from_str(&message).unwrap()
}

#[test]
fn a_letter_holds_the_record_and_where_it_came_from() {
    let record = record(b"nonsense");
    let letter =
        DeadLetter { function: "order-projection", record: &record, error: "not a change".to_owned() };
    let expected = json!({
        "error": "not a change",
        "function": "order-projection",
        "shard_id": "shardId-000000000002",
        "sequence_number": sequence(0),
        "partition_key": "95407896A0B4C28B637EAE8FF7393BB6",
        "approximate_arrival": 1_793_000_000.35,
        "event_source_arn": "arn:aws:kinesis:eu-central-1:123456789012:stream/events",
        "data": "bm9uc2Vuc2U="
    });
    assert_eq!(message(&letter, 1_000), expected);
}

#[test]
fn a_letter_that_is_too_long_keeps_its_coordinates_and_says_so() {
    let record = record(&[0; 900]);
    let letter =
        DeadLetter { function: "order-projection", record: &record, error: "not a change".to_owned() };
    let short = message(&letter, 1_000);
    assert_eq!(short.get("data"), None);
    assert_eq!(short["sequence_number"], json!(sequence(0)));
    assert!(short["data_omitted"].as_str().unwrap().ends_with("more than 1000"));
}

#[test]
fn a_long_error_is_cut() {
    let record = record(b"");
    let letter = DeadLetter { function: "order-projection", record: &record, error: "é".repeat(1_000_000) };
    assert_eq!(message(&letter, 10_000)["error"].as_str().unwrap().chars().count(), 2_000);
}
