//! The wire API of Kinesis, `Kinesis_20131202`, in AWS JSON 1.1.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::KinesisError;
use super::iterator::ShardIterator;
use super::sequence::SequenceNumber;
use super::{Entry, Kinesis, Placed, Slice, requests, shards};
use crate::account::stream_arn;
use crate::aws::Fault;
use crate::clock::now_ms;

/// Most data of one `GetRecords` (Kinesis quotas).
const MAXIMUM_READ: usize = 10 * 1024 * 1024;
/// Most records of one `GetRecords`.
const MAXIMUM_RECORDS: usize = 10_000;

/// Answers one operation.
///
/// # Errors
/// [`Fault`] with the code and message Kinesis gives.
pub(crate) fn call(kinesis: &Kinesis, operation: &str, body: &[u8]) -> Result<Value, Fault> {
    match operation {
        "ListStreams" => Ok(list_streams(kinesis)),
        "DescribeStream" => describe_stream(kinesis, &parse(body)?),
        "DescribeStreamSummary" => describe_summary(kinesis, &parse(body)?),
        "ListShards" => list_shards(kinesis, &parse(body)?),
        "GetShardIterator" => shard_iterator(kinesis, &parse(body)?),
        "GetRecords" => get_records(kinesis, &parse(body)?),
        "PutRecord" => put_record(kinesis, parse(body)?),
        "PutRecords" => put_records(kinesis, parse(body)?),
        other => Err(Fault::client("UnknownOperationException", format!("{other} is not served locally"))),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::client("SerializationException", error.to_string()))
}

fn list_streams(kinesis: &Kinesis) -> Value {
    let summary = |name| json!({"StreamName": name, "StreamARN": stream_arn(name), "StreamStatus": "ACTIVE"});
    let names: Vec<&str> = kinesis.names().collect();
    let summaries: Vec<Value> = names.iter().copied().map(summary).collect();
    json!({"StreamNames": names, "StreamSummaries": summaries, "HasMoreStreams": false})
}

fn describe_summary(kinesis: &Kinesis, request: &requests::Stream) -> Result<Value, Fault> {
    let name = request.target.name()?;
    let summary = json!({
        "StreamName": name,
        "StreamARN": stream_arn(name),
        "StreamStatus": "ACTIVE",
        "RetentionPeriodHours": kinesis.retention_ms(name)? / 3_600_000,
        "StreamCreationTimestamp": 0,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "OpenShardCount": kinesis.shards(name)?,
        "ConsumerCount": 0,
    });
    Ok(json!({"StreamDescriptionSummary": summary}))
}

fn describe_stream(kinesis: &Kinesis, request: &requests::Stream) -> Result<Value, Fault> {
    let name = request.target.name()?;
    let description = json!({
        "StreamName": name,
        "StreamARN": stream_arn(name),
        "StreamStatus": "ACTIVE",
        "Shards": shard_list(kinesis.shards(name)?),
        "HasMoreShards": false,
        "RetentionPeriodHours": kinesis.retention_ms(name)? / 3_600_000,
        "StreamCreationTimestamp": 0,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
    });
    Ok(json!({"StreamDescription": description}))
}

fn list_shards(kinesis: &Kinesis, request: &requests::Stream) -> Result<Value, Fault> {
    Ok(json!({"Shards": shard_list(kinesis.shards(request.target.name()?)?)}))
}

fn shard_list(count: u32) -> Vec<Value> {
    let shard = |shard| {
        let (first, last) = shards::hash_key_range(shard, count);
        json!({
            "ShardId": shards::shard_id(shard),
            "HashKeyRange": {"StartingHashKey": first.to_string(), "EndingHashKey": last.to_string()},
            "SequenceNumberRange": {"StartingSequenceNumber": SequenceNumber(0).to_string()},
        })
    };
    (0..count).map(shard).collect()
}

fn shard_iterator(kinesis: &Kinesis, request: &requests::GetShardIterator) -> Result<Value, Fault> {
    let stream = request.target.name()?;
    let shard = kinesis.shard(stream, &request.shard_id)?;
    let given = || -> Result<SequenceNumber, Fault> {
        let text = request.starting_sequence_number.as_deref().unwrap_or_default();
        Ok(text.parse().map_err(KinesisError::from)?)
    };
    let after = match request.shard_iterator_type.as_str() {
        "TRIM_HORIZON" => SequenceNumber(0),
        "LATEST" => kinesis.newest()?,
        "AT_SEQUENCE_NUMBER" => SequenceNumber(given()?.0 - 1),
        "AFTER_SEQUENCE_NUMBER" => given()?,
        "AT_TIMESTAMP" => kinesis.before_time(stream, shard, request.timestamp_ms()?)?,
        other => return Err(KinesisError::Invalid(format!("{other} is not a ShardIteratorType.")).into()),
    };
    let iterator = ShardIterator { stream: stream.to_owned(), shard, after: after.0 };
    Ok(json!({"ShardIterator": iterator.encode()}))
}

fn get_records(kinesis: &Kinesis, request: &requests::GetRecords) -> Result<Value, Fault> {
    let iterator = ShardIterator::decode(&request.shard_iterator)?;
    let limit = request.limit.unwrap_or(MAXIMUM_RECORDS);
    if !(1..=MAXIMUM_RECORDS).contains(&limit) {
        return Err(
            KinesisError::Invalid(format!("Limit {limit} is not from 1 to {MAXIMUM_RECORDS}.")).into()
        );
    }
    let slice = Slice::whole(iterator.shard, SequenceNumber(iterator.after));
    let records = kinesis.read(&iterator.stream, slice, limit, MAXIMUM_READ)?;
    let next = records.last().map_or_else(|| iterator.clone(), |last| iterator.after(last.sequence));
    let newest = kinesis.newest_arrival(&iterator.stream, iterator.shard)?;
    let behind = match (records.last(), newest) {
        (Some(last), Some(newest)) if newest > last.arrived_ms => now_ms() - last.arrived_ms,
        _ => 0,
    };
    let records: Vec<Value> = records.iter().map(requests::record).collect();
    Ok(json!({"Records": records, "NextShardIterator": next.encode(), "MillisBehindLatest": behind}))
}

fn put_record(kinesis: &Kinesis, request: requests::PutRecord) -> Result<Value, Fault> {
    let name = request.target.name()?.to_owned();
    let entry: Entry = request.entry.try_into()?;
    let placed = kinesis.put(&name, std::slice::from_ref(&entry))?;
    placed.first().map(placement).ok_or_else(|| Fault::server("the record was not stored"))
}

fn put_records(kinesis: &Kinesis, request: requests::PutRecords) -> Result<Value, Fault> {
    let name = request.target.name()?.to_owned();
    if !(1..=500).contains(&request.records.len()) {
        return Err(KinesisError::Invalid("PutRecords takes 1 to 500 records.".to_owned()).into());
    }
    let entries: Vec<Entry> = request.records.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?;
    let placed = kinesis.put(&name, &entries)?;
    let records: Vec<Value> = placed.iter().map(placement).collect();
    Ok(json!({"FailedRecordCount": 0, "Records": records}))
}

fn placement(placed: &Placed) -> Value {
    json!({"ShardId": shards::shard_id(placed.shard), "SequenceNumber": placed.sequence.to_string()})
}

impl From<KinesisError> for Fault {
    fn from(error: KinesisError) -> Self {
        let code = match &error {
            KinesisError::StreamNotFound(_) | KinesisError::ShardNotFound { .. } => {
                "ResourceNotFoundException"
            }
            KinesisError::Sequence(_) | KinesisError::Invalid(_) => "InvalidArgumentException",
            KinesisError::ShardCount { .. } | KinesisError::Store(_) => {
                return Self::server(error.to_string());
            }
        };
        Self::client(code, error.to_string())
    }
}
