//! The documents that a mapping sends, with the same fields as AWS: the event for a function (Lambda's Kinesis event),
//! and the dead letter for records that were given up. The dead letter contains metadata only (Lambda guide, "Retain
//! discarded batch records for a Kinesis Data Streams event source in Lambda", "Configuring destinations for failed
//! invocations").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stack_base::account::{REGION, function_arn, role_arn, stream_arn};
use stack_base::clock::{iso8601, now_ms, seconds};
use stack_kinesis::{Record, shard_id};
use stack_lambda::Invocation;

/// Source of a batch's records.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// Name of the stream.
    pub(super) stream: String,
    /// The shard.
    pub(super) shard: u32,
    /// Name of the function's role.
    pub(super) role: String,
}

/// The event with these records, as JSON.
pub(super) fn event(origin: &Origin, records: &[Record]) -> Vec<u8> {
    let (source, role, shard) = (stream_arn(&origin.stream), role_arn(&origin.role), shard_id(origin.shard));
    let record = |record: &Record| {
        let sequence = &record.number;
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

/// Why the mapping gave up records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The function failed more often than the mapping allows.
    RetryAttemptsExhausted,
    /// The records exceed the maximum age.
    RecordAgeExceeded,
}

/// Result of the last delivery of the records.
#[derive(Debug, Clone, Default)]
pub(super) struct LastDelivery {
    request_id: Option<String>,
    function_error: Option<String>,
    /// Number of invocations with these records.
    pub(super) invocations: u32,
}

impl LastDelivery {
    /// Stores the result of another invocation.
    pub(super) fn note(&mut self, invocation: &Invocation) {
        self.request_id = Some(invocation.request_id.clone());
        self.function_error.clone_from(&invocation.function_error);
        self.invocations += 1;
    }
}

/// The dead letter for `records`, which are in order, as JSON.
pub(super) fn message(
    origin: &Origin,
    function: &str,
    records: &[Record],
    reason: Reason,
    last: &LastDelivery,
) -> String {
    let condition = match reason {
        Reason::RetryAttemptsExhausted => "RetryAttemptsExhausted",
        Reason::RecordAgeExceeded => "RecordAgeExceeded",
    };
    let mut message = json!({
        "requestContext": {
            "requestId": last.request_id,
            "functionArn": function_arn(function),
            "condition": condition,
            "approximateInvokeCount": last.invocations,
        },
        "version": "1.0",
        "timestamp": iso8601(now_ms()),
        "KinesisBatchInfo": batch_info(origin, records),
    });
    if last.invocations > 0 {
        message["responseContext"] =
            json!({"statusCode": 200, "executedVersion": "$LATEST", "functionError": last.function_error});
    }
    message.to_string()
}

fn batch_info(origin: &Origin, records: &[Record]) -> Value {
    let sequence = |record: Option<&Record>| record.map(|record| record.number.clone());
    let arrival = |record: Option<&Record>| record.map(|record| iso8601(record.arrived_ms));
    json!({
        "shardId": shard_id(origin.shard),
        "startSequenceNumber": sequence(records.first()),
        "endSequenceNumber": sequence(records.last()),
        "approximateArrivalOfFirstRecord": arrival(records.first()),
        "approximateArrivalOfLastRecord": arrival(records.last()),
        "batchSize": records.len(),
        "streamArn": stream_arn(&origin.stream),
    })
}
