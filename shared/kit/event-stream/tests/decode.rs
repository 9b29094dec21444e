//! Decoding of records: which are commits, which are ignored, and which are poison.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails where its setup fails")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_stream::{Batch, Content, Ignored, Record, Undecodable, decode};
use proptest::prelude::*;
use serde_json::{Value, json};

const STREAM: &str = "account-0b6d3f0e-8f4e-4c1e-9a46-0d6b5b0f2a11";

/// A change record as DynamoDB writes it.
fn change(event_name: &str) -> Value {
    json!({
        "awsRegion": "eu-central-1",
        "eventID": "3c1f4f0a-5a0e-4d0a-8a53-64c8f1d6a1f7",
        "eventName": event_name,
        "userIdentity": null,
        "recordFormat": "application/json",
        "tableName": "events",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_793_000_000_123_456_i64,
            "ApproximateCreationDateTimePrecision": "MICROSECOND",
            "Keys": {"pk": {"S": STREAM}, "sk": {"N": "1"}},
            "NewImage": {
                "pk": {"S": STREAM}, "sk": {"N": "1"}, "count": {"N": "1"},
                "events": {"S": r#"[{"type":"Opened","data":{}}]"#},
                "at": {"S": "2026-10-26T06:13:20.100000Z"}, "by": {"S": "user-1"},
                "key": {"S": "key-1"}, "request_hash": {"S": "00"},
                "correlation_id": {"S": "correlation"}, "causation_id": {"S": "request"},
                "expires": {"N": "1900000000"}, "tags": {"L": [{"S": "x"}]}
            },
            "SizeBytes": 300
        },
        "eventSource": "aws:dynamodb"
    })
}

/// A record with `data`, in the envelope of an event source mapping.
fn record(data: &[u8]) -> Record {
    raw_record(&STANDARD.encode(data))
}

fn raw_record(base64: &str) -> Record {
    let batch: Batch = serde_json::from_value(json!({
        "Records": [{
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": "4F1C",
                "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
                "data": base64,
                "approximateArrivalTimestamp": 1_793_000_000.321
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/projection",
            "awsRegion": "eu-central-1",
            "eventSourceARN": "arn:aws:kinesis:eu-central-1:123456789012:stream/events"
        }],
        "window": {"start": "2026-10-26T06:13:00Z"}
    }))
    .unwrap();
    batch.records[0].clone()
}

fn decoded(change: &Value) -> Content {
    decode(&record(change.to_string().as_bytes()), "events")
}

fn poison(change: &Value) -> Undecodable {
    let Content::Poison(error) = decoded(change) else { panic!("the record must decode to poison") };
    error
}

#[test]
fn the_envelope_has_the_shard_the_position_and_the_origin() {
    let record = record(b"{}");
    assert_eq!(record.shard, "shardId-000000000006");
    assert_eq!(record.sequence.as_str(), "49590338271490256608559692538361571095921575989136588898");
    assert_eq!(record.partition_key, "4F1C");
    assert!((record.arrived_at - 1_793_000_000.321).abs() < 0.000_5);
    assert_eq!(record.source_arn, "arn:aws:kinesis:eu-central-1:123456789012:stream/events");
    assert_eq!(record.bytes().unwrap(), b"{}");
}

#[test]
fn an_insert_is_a_commit_even_with_additional_attributes() {
    let Content::Commit(commit) = decoded(&change("INSERT")) else {
        panic!("the record must decode to a commit")
    };
    assert_eq!(commit.stream.to_string(), STREAM);
    assert_eq!((commit.first.get(), commit.last().get()), (1, 1));
    assert_eq!(commit.events[0].event_type, "Opened");
    assert_eq!(commit.metadata.actor, "user-1");
}

#[test]
fn a_snapshot_that_cannot_be_read_does_not_make_its_commit_unreadable() {
    let readable = r#"{"schema":1,"state":{},"recent_keys":"","added":true}"#;
    for (snapshot, is_readable) in [
        (json!({"S": readable}), true),
        (json!({"S": "{"}), false),
        (json!({"S": r#"{"schema":1,"state":{},"recent_keys":[]}"#}), false),
        (json!({"N": "1"}), false),
        (json!({"NULL": true}), false),
        (json!({"M": {"schema": {"N": "1"}}}), false),
    ] {
        let mut change = change("INSERT");
        change["dynamodb"]["NewImage"]["snapshot"] = snapshot.clone();
        let Content::Commit(commit) = decoded(&change) else { panic!("{snapshot} hides the commit") };
        assert_eq!(commit.snapshot.is_some(), is_readable, "{snapshot}");
    }
}

#[test]
fn a_change_or_removal_of_a_commit_is_ignored() {
    assert!(matches!(decoded(&change("MODIFY")), Content::Ignored(Ignored::Modified)));
    let mut removal = change("REMOVE");
    let image = removal["dynamodb"].as_object_mut().unwrap().remove("NewImage").unwrap();
    removal["dynamodb"]["OldImage"] = image;
    assert!(matches!(decoded(&removal), Content::Ignored(Ignored::Removed)));
}

/// The record has the members that `LocalStack` writes, plus the members of the item.
#[test]
fn a_record_of_localstack_is_a_commit() {
    let mut change = json!({
        "tableName": "events", "recordFormat": "application/json", "userIdentity": null, "eventID": "2f0dc1d5",
        "dynamodb": {"ApproximateCreationDateTime": 1_793_000_000, "SizeBytes": 512,
            "Keys": {"pk": {"S": STREAM}, "sk": {"N": "1"}}},
        "awsRegion": "us-east-1", "eventSource": "aws:dynamodb", "eventName": "INSERT",
    });
    change["dynamodb"]["NewImage"] = self::change("INSERT")["dynamodb"]["NewImage"].clone();
    let Content::Commit(commit) = decoded(&change) else { panic!("the record must decode to a commit") };
    assert_eq!(commit.stream.to_string(), STREAM);
}

#[test]
fn an_unreadable_record_is_poison_with_its_reason() {
    assert!(matches!(decode(&raw_record("not base64!"), "events"), Content::Poison(Undecodable::Base64(_))));
    assert!(matches!(decode(&record(b"\xff\xfe"), "events"), Content::Poison(Undecodable::NoChange(_))));
    assert!(matches!(decode(&record(b"[]"), "events"), Content::Poison(Undecodable::NoChange(_))));
    assert!(matches!(poison(&change("TRUNCATE")), Undecodable::UnknownChange(name) if name == "TRUNCATE"));

    let mut imageless = change("INSERT");
    imageless["dynamodb"].as_object_mut().unwrap().remove("NewImage");
    assert!(matches!(poison(&imageless), Undecodable::NoImage));

    let mut broken = change("INSERT");
    broken["dynamodb"]["NewImage"]["events"]["S"] = "nonsense".into();
    let Undecodable::NoCommit(invalid) = poison(&broken) else { panic!("the error must name the item") };
    assert_eq!((invalid.attribute, invalid.stream.as_str()), ("events", STREAM));
}

/// The stream may still deliver changes of the table from which the event table was restored.
#[test]
fn a_change_of_another_table_is_poison_that_names_both_tables() {
    for kind in ["INSERT", "MODIFY", "REMOVE"] {
        let mut other = change(kind);
        other["tableName"] = "damaged".into();
        let error = poison(&other);
        assert!(matches!(&error, Undecodable::OtherTable { .. }), "{kind}: {error}");
        let text = error.to_string();
        assert!(text.contains("is from the table damaged, but this function reads the event table events"));
        assert!(text.contains("discard the dead letter"), "{text}");
    }
    let mut unnamed = change("INSERT");
    unnamed.as_object_mut().unwrap().remove("tableName");
    assert!(matches!(poison(&unnamed), Undecodable::NoChange(_)), "the table is unknown");
}

proptest! {
    #[test]
    fn any_bytes_decode_to_poison_without_an_error(data in any::<Vec<u8>>()) {
        prop_assert!(matches!(decode(&record(&data), "events"), Content::Poison(_)));
    }

    #[test]
    fn no_base64_text_makes_decoding_panic(data in any::<String>()) {
        prop_assert!(matches!(decode(&raw_record(&data), "events"), Content::Poison(_)));
    }
}
