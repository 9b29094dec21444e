//! The event a function gets: Lambda's Kinesis event, member for member.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use stack_base::account::{REGION, role_arn, stream_arn};
use stack_base::clock::seconds;
use stack_kinesis::Record;
use stack_kinesis::shard_id;

/// Where the records of a batch come from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// Name of the stream.
    pub(super) stream: String,
    /// The shard.
    pub(super) shard: u32,
    /// Name of the function's role.
    pub(super) role: String,
}

/// The event with these records.
pub(super) fn event(origin: &Origin, records: &[Record]) -> Vec<u8> {
    let (source, role, shard) = (stream_arn(&origin.stream), role_arn(&origin.role), shard_id(origin.shard));
    let record = |record: &Record| {
        let sequence = record.sequence.to_string();
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.partition_key,
                "sequenceNumber": sequence,
                "data": STANDARD.encode(&record.data),
                "approximateArrivalTimestamp": seconds(record.arrived_ms),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("{shard}:{sequence}"),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": role,
            "awsRegion": REGION,
            "eventSourceARN": source,
        })
    };
    let records: Vec<Value> = records.iter().map(record).collect();
    json!({"Records": records}).to_string().into_bytes()
}
