//! AWS's record format for `DynamoDB` changes in Kinesis.
//!
//! The fields and their order match the records that AWS delivers (`DynamoDB` guide, "Kinesis Data Streams for
//! `DynamoDB`"). Unlike in `DynamoDB` Streams, `ApproximateCreationDateTime` is a whole number of milliseconds, or of
//! microseconds if the table is configured so.

use std::collections::BTreeMap;

use dynoxide::Item;
use dynoxide::types::item_size;
use serde_json::{Map, Value, json};
use stack_base::account::REGION;
use stack_kinesis::{Entry, MAXIMUM_DATA};
use stack_template::TimePrecision;

use super::outbox::Change;

/// The Kinesis record of a change. Returns `None` if it exceeds the size of a Kinesis record; AWS skips such changes
/// too.
pub(super) fn entry(change: &Change, table: &str, precision: TimePrecision) -> Option<Entry> {
    let data = envelope(change, table, precision).to_string().into_bytes();
    if data.len() > MAXIMUM_DATA {
        tracing::warn!(table, bytes = data.len(), "a change is larger than a Kinesis record and is skipped");
        return None;
    }
    let partition_key = partition_key(&change.record.dynamodb.keys);
    Some(Entry { partition_key, explicit_hash_key: None, data })
}

/// The record of a change in a table's own stream (`DynamoDB` Streams API reference, `Record`).
pub(super) fn stream_entry(change: &Change) -> Entry {
    let mut record = json!(change.record);
    record["awsRegion"] = json!(REGION);
    let partition_key = partition_key(&change.record.dynamodb.keys);
    Entry { partition_key, explicit_hash_key: None, data: record.to_string().into_bytes() }
}

/// A digest of the whole primary key. Changes of one item stay in order, and the items of one partition spread over the
/// shards.
fn partition_key(keys: &Item) -> String {
    let sorted: BTreeMap<_, _> = keys.iter().collect();
    format!("{:X}", md5::compute(serde_json::to_vec(&sorted).unwrap_or_default()))
}

fn envelope(change: &Change, table: &str, precision: TimePrecision) -> Value {
    let record = &change.record;
    let identity = record.user_identity.as_ref();
    json!({
        "awsRegion": REGION,
        "eventID": hyphenated(&record.event_id),
        "eventName": record.event_name,
        "userIdentity": identity.map(|by| json!({"type": by.identity_type, "principalId": by.principal_id})),
        "recordFormat": "application/json",
        "tableName": table,
        "dynamodb": dynamodb(change, precision),
        "eventSource": "aws:dynamodb",
    })
}

/// Adds the hyphens to the engine's event id, a UUID.
fn hyphenated(event_id: &str) -> String {
    uuid::Uuid::parse_str(event_id).map_or_else(|_| event_id.to_owned(), |id| id.to_string())
}

fn dynamodb(change: &Change, precision: TimePrecision) -> Map<String, Value> {
    let record = &change.record.dynamodb;
    // The engine's own timestamp has whole seconds. The position is the same time in microseconds.
    let microseconds = change.position;
    let mut members = Map::new();
    match precision {
        TimePrecision::Millisecond => {
            members.insert("ApproximateCreationDateTime".to_owned(), json!(microseconds / 1000));
        }
        TimePrecision::Microsecond => {
            members.insert("ApproximateCreationDateTime".to_owned(), json!(microseconds));
            members.insert("ApproximateCreationDateTimePrecision".to_owned(), json!("MICROSECOND"));
        }
    }
    members.insert("Keys".to_owned(), json!(record.keys));
    let images = [("NewImage", &record.new_image), ("OldImage", &record.old_image)];
    let mut size = item_size(&record.keys);
    for (name, image) in images.into_iter().filter_map(|(name, image)| Some((name, image.as_ref()?))) {
        size += item_size(image);
        members.insert(name.to_owned(), json!(image));
    }
    members.insert("SizeBytes".to_owned(), json!(size));
    members
}
