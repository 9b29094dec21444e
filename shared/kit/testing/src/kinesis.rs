//! Kinesis' side of a projection function: batches as an event source mapping delivers them, and the sample batches in
//! `events/`.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use es_core::Commit;
use event_store::CommitItem;
use event_stream::{Batch, BatchResponse};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The event table of the records: the name that the embedded stack gives it. The samples in `events/` are from a table
/// of this name too, so they can be sent to the functions of that stack.
pub const EVENT_TABLE: &str = "EventTable";

/// The sequence number of a batch's record at `index`. The first two numbers sort differently as texts and as numbers.
#[must_use]
pub fn sequence(index: usize) -> String {
    const FIRST: u128 = 99_999_999_999_999_999_999_999_999_999;
    (FIRST + index as u128).to_string()
}

/// A batch with one record for each of `data`.
pub fn batch(data: impl IntoIterator<Item = Vec<u8>>) -> Batch {
    let records: Vec<_> = data.into_iter().enumerate().map(|(index, data)| record(index, &data)).collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

/// A batch with the change records of inserting `commits` into [`EVENT_TABLE`].
pub fn commits<'a>(commits: impl IntoIterator<Item = &'a Commit>) -> Batch {
    commits_of(EVENT_TABLE, commits)
}

/// A batch with the change records of inserting `commits` into `table`.
pub fn commits_of<'a>(table: &str, commits: impl IntoIterator<Item = &'a Commit>) -> Batch {
    batch(commits.into_iter().map(|commit| inserted_commit(table, commit)))
}

/// All sample payloads of `function`, each with its name. There is at least one.
#[must_use]
pub fn samples<T: DeserializeOwned>(function: &str) -> Vec<(String, T)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events").join(function);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut samples: Vec<_> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap())
        })
        .collect();
    samples.sort_by(|(one, _): &(String, T), (other, _)| one.cmp(other));
    assert!(!samples.is_empty(), "{function} must have a sample");
    samples
}

/// The index of the record at which `response` starts again, in a batch made by [`batch`]; `None` for success.
#[must_use]
pub fn restart(response: &BatchResponse) -> Option<usize> {
    let [failure] = response.batch_item_failures.as_slice() else { return None };
    (0..100).find(|index| failure.item_identifier.as_str() == sequence(*index))
}

fn record(index: usize, data: &[u8]) -> Value {
    envelope("shardId-000000000002", &sequence(index), data)
}

/// The record with `sequence` in `shard`, in the form in which Lambda passes it to a function.
#[must_use]
pub fn envelope(shard: &str, sequence: &str, data: &[u8]) -> Value {
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "95407896A0B4C28B637EAE8FF7393BB6",
            "sequenceNumber": sequence,
            "data": STANDARD.encode(data),
            "approximateArrivalTimestamp": 1_793_000_000.35
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("{shard}:{sequence}"),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/projection",
        "awsRegion": "eu-central-1",
        "eventSourceARN": "arn:aws:kinesis:eu-central-1:123456789012:stream/events"
    })
}

/// The change record of inserting `commit` into [`EVENT_TABLE`].
#[must_use]
pub fn insert(commit: &Commit) -> Vec<u8> {
    inserted_commit(EVENT_TABLE, commit)
}

fn inserted_commit(table: &str, commit: &Commit) -> Vec<u8> {
    let item = CommitItem::try_from(commit).unwrap();
    let mut image = json!({
        "pk": {"S": item.pk}, "sk": {"N": item.sk.to_string()}, "count": {"N": item.count.to_string()},
        "events": {"S": item.events}, "at": {"S": item.at}, "by": {"S": item.by}, "key": {"S": item.key},
        "request_hash": {"S": item.request_hash}, "correlation_id": {"S": item.correlation_id},
        "causation_id": {"S": item.causation_id}
    });
    for (name, value) in [("traceparent", item.traceparent), ("snapshot", item.snapshot)] {
        if let Some(value) = value {
            image[name] = json!({ "S": value });
        }
    }
    inserted(table, &image, commit.metadata.occurred_at.micros())
}

/// The change record of inserting the item `image`, which is in `DynamoDB`'s JSON, into `table` at `micros` since the
/// Unix epoch.
#[must_use]
pub fn inserted(table: &str, image: &Value, micros: i64) -> Vec<u8> {
    let change = json!({
        "awsRegion": "eu-central-1",
        "eventID": "58172638-a50a-5a9d-a7f8-c59110d76bcc",
        "eventName": "INSERT",
        "userIdentity": null,
        "recordFormat": "application/json",
        "tableName": table,
        "dynamodb": {
            "ApproximateCreationDateTime": micros,
            "ApproximateCreationDateTimePrecision": "MICROSECOND",
            "Keys": {"pk": image["pk"], "sk": image["sk"]},
            "NewImage": image,
            "SizeBytes": 700
        },
        "eventSource": "aws:dynamodb"
    });
    change.to_string().into_bytes()
}
