//! The content of a dead letter, and reading a letter back.

use es_core::{StreamId, StreamVersion};
use event_stream::{DeadLetter, HeldStream, QueuedLetter, Record, SequenceNumber};
use serde_json::{Value, json};

const SEQUENCE: &str = "99999999999999999999999999999";

fn record(data: &str) -> Record {
    Record {
        sequence: SequenceNumber::new(SEQUENCE),
        shard: "shardId-000000000002".to_owned(),
        partition_key: "95407896A0B4C28B637EAE8FF7393BB6".to_owned(),
        arrived_at: 1_793_000_000.35,
        source_arn: "arn:aws:kinesis:eu-central-1:123456789012:stream/events".to_owned(),
        data: data.to_owned(),
    }
}

fn letter(record: &Record, error: &str) -> DeadLetter {
    DeadLetter::from_record("account-projection", record, error, None)
}

#[test]
fn a_letter_holds_the_record_and_its_origin() {
    let record = record("bm9uc2Vuc2U=");
    let written = letter(&record, "not a change").to_json(1_000);
    let expected = json!({
        "error": "not a change",
        "function": "account-projection",
        "shard_id": "shardId-000000000002",
        "sequence_number": SEQUENCE,
        "partition_key": "95407896A0B4C28B637EAE8FF7393BB6",
        "approximate_arrival": 1_793_000_000.35,
        "event_source_arn": "arn:aws:kinesis:eu-central-1:123456789012:stream/events",
        "data": "bm9uc2Vuc2U="
    });
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), expected);
    let read: DeadLetter = serde_json::from_str(&written).unwrap();
    assert_eq!(read.record(), Some(record));
    assert_eq!(read.arrived_at().unwrap().micros(), 1_793_000_000_350_000);
}

#[test]
fn a_letter_that_is_too_large_keeps_the_position_and_says_that_the_data_is_omitted() {
    let short = letter(&record(&"A".repeat(1_200)), "not a change").to_json(1_000);
    assert!(short.len() <= 1_000);
    let read: DeadLetter = serde_json::from_str(&short).unwrap();
    assert_eq!((read.record(), read.range().first.as_str()), (None, SEQUENCE));
    assert!(read.data_omitted.unwrap().ends_with("more than 1000"));
    assert!(!short.contains(r#""data":"#), "{short}");
}

#[test]
fn a_long_error_is_truncated() {
    let letter = letter(&record(""), &"é".repeat(1_000_000));
    assert_eq!(letter.error.chars().count(), 2_000);
    assert!(letter.to_json(10_000).len() < 5_000);
}

#[test]
fn a_letter_without_a_time_says_so() {
    let mut written = serde_json::to_value(letter(&record(""), "not a change")).unwrap();
    for time in [None, Some(0.0), Some(-1.0)] {
        written.as_object_mut().unwrap().remove("approximate_arrival");
        if let Some(time) = time {
            written["approximate_arrival"] = json!(time);
        }
        let read: DeadLetter = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(read.arrived_at(), None, "{time:?}");
    }
}

#[test]
fn a_letter_about_a_stream_is_told_from_a_letter_about_a_record() {
    let stream: StreamId = "account-00000000-0000-0000-0000-000000000001".parse().unwrap();
    let error = "é".repeat(1_000_000);
    let held = HeldStream::from_version("account-projection", stream, StreamVersion::new(7), &error, None);
    let written = held.to_json();
    assert!(written.len() < 5_000, "{} bytes", written.len());
    assert_eq!(QueuedLetter::from_json(&written).unwrap(), QueuedLetter::HeldStream(held));
    let letter = letter(&record("bm9uc2Vuc2U="), "not a change");
    assert_eq!(QueuedLetter::from_json(&letter.to_json(1_000)).unwrap(), QueuedLetter::Record(letter));
    let error = QueuedLetter::from_json(r#"{"held_from": 7, "error": "e", "function": "f"}"#).unwrap_err();
    assert!(error.to_string().contains("stream"), "the error names the missing member: {error}");
}
