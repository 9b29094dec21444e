//! The documents that a mapping from a stream sends, with the same fields as AWS: the event for a function (Lambda's
//! Kinesis and `DynamoDB` events), and the dead letter for records that were given up. The dead letter contains metadata
//! only (Lambda guide, "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", "Configuring
//! destinations for failed invocations").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stack_base::account::{REGION, function_arn, role_arn, stream_arn, table_stream_arn};
use stack_base::clock::{iso8601, now_ms, seconds};
use stack_dynamodb::stream_shard_id;
use stack_kinesis::{Record, shard_id};
use stack_lambda::Invocation;
use stack_template::EventSource;
use uuid::Uuid;

/// Source of a batch's records.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The stream: Kinesis's or a table's.
    pub(super) source: EventSource,
    /// The shard.
    pub(super) shard: u32,
    /// Name of the function's role.
    pub(super) role: String,
}

impl Origin {
    /// A record as the function gets it.
    pub(super) fn record(&self, record: &Record) -> Value {
        match &self.source {
            EventSource::DynamoDb { table } => {
                let mut event = change(record);
                event["eventSourceARN"] = json!(table_stream_arn(table));
                event
            }
            EventSource::Kinesis { .. } | EventSource::Sqs { .. } => self.kinesis_record(record),
        }
    }

    fn kinesis_record(&self, record: &Record) -> Value {
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
            "eventID": format!("{}:{sequence}", shard_id(self.shard)),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": role_arn(&self.role),
            "awsRegion": REGION,
            "eventSourceARN": stream_arn(self.source.name()),
        })
    }

    /// A record as filters see it: the members of `kinesis` are beside the others, and the data is decoded. Data that is
    /// not JSON is null, which no pattern for data matches (Lambda guide, "Properly filtering Kinesis messages").
    pub(super) fn filtered(&self, record: &Record) -> Value {
        let mut event = self.record(record);
        if let Some(Value::Object(mut members)) = event.get_mut("kinesis").map(Value::take) {
            members.insert("data".to_owned(), serde_json::from_slice(&record.data).unwrap_or_default());
            for (name, member) in members {
                event[name] = member;
            }
        }
        event
    }

    /// The identifier by which a function reports a failed record: its sequence number.
    pub(super) fn identifier(&self, record: &Record) -> String {
        match self.source {
            EventSource::DynamoDb { .. } => {
                change(record)["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default().to_owned()
            }
            EventSource::Kinesis { .. } | EventSource::Sqs { .. } => record.number.clone(),
        }
    }

    fn batch_info(&self, records: &[Record]) -> (&'static str, Value) {
        let sequence = |record: Option<&Record>| record.map(|record| self.identifier(record));
        let arrival = |record: Option<&Record>| record.map(|record| iso8601(record.arrived_ms));
        let (name, shard, arn) = match &self.source {
            EventSource::DynamoDb { table } => {
                ("DDBStreamBatchInfo", stream_shard_id(table), table_stream_arn(table))
            }
            source => ("KinesisBatchInfo", shard_id(self.shard), stream_arn(source.name())),
        };
        let info = json!({
            "shardId": shard,
            "startSequenceNumber": sequence(records.first()),
            "endSequenceNumber": sequence(records.last()),
            "approximateArrivalOfFirstRecord": arrival(records.first()),
            "approximateArrivalOfLastRecord": arrival(records.last()),
            "batchSize": records.len(),
            "streamArn": arn,
        });
        (name, info)
    }
}

/// The change in a record of a table's stream.
fn change(record: &Record) -> Value {
    serde_json::from_slice(&record.data).unwrap_or_default()
}

/// The event with these records, as JSON.
pub(super) fn event(origin: &Origin, records: &[Record]) -> Vec<u8> {
    let records: Vec<Value> = records.iter().map(|record| origin.record(record)).collect();
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
    invocations: u32,
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
///
/// AWS discards an aged record on its way to an invocation. Its dead letter therefore has no response, but it has the
/// request id of that invocation, which is new unless the function was invoked before, and counts the invocation.
pub(super) fn message(
    origin: &Origin,
    function: &str,
    records: &[Record],
    reason: Reason,
    last: &LastDelivery,
) -> String {
    let request_id = last.request_id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let (info, batch) = origin.batch_info(records);
    let mut message = json!({
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn(function),
            "condition": format!("{reason:?}"),
            "approximateInvokeCount": last.invocations.max(1),
        },
        "version": "1.0",
        "timestamp": iso8601(now_ms()),
        info: batch,
    });
    if reason == Reason::RetryAttemptsExhausted {
        message["responseContext"] =
            json!({"statusCode": 200, "executedVersion": "$LATEST", "functionError": last.function_error});
    }
    message.to_string()
}
