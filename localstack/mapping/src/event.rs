//! What a mapping sends, member for member as AWS does: the event a function gets (Lambda's Kinesis event), and the
//! message about records that were given up, which is metadata only (Lambda guide, "Retain discarded batch records for a
//! Kinesis Data Streams event source in Lambda", "Configuring destinations for failed invocations").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stack_base::account::{REGION, function_arn, role_arn, stream_arn};
use stack_base::clock::{iso8601, now_ms, seconds};
use stack_kinesis::{Record, shard_id};
use stack_lambda::Invocation;

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

/// Why records were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The function failed more often than it may.
    RetryAttemptsExhausted,
    /// The records are older than they may be.
    RecordAgeExceeded,
}

/// How the last delivery of the records went.
#[derive(Debug, Clone, Default)]
pub(super) struct LastDelivery {
    request_id: Option<String>,
    function_error: Option<String>,
    /// How often the function was called with the records.
    pub(super) invocations: u32,
}

impl LastDelivery {
    /// Notes one more invocation.
    pub(super) fn note(&mut self, invocation: &Invocation) {
        self.request_id = Some(invocation.request_id.clone());
        self.function_error.clone_from(&invocation.function_error);
        self.invocations += 1;
    }
}

/// The message; `records` are those given up, in order.
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
    let sequence = |record: Option<&Record>| record.map(|record| record.sequence.to_string());
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
