//! The wire API of Kinesis, `Kinesis_20131202`, in AWS JSON 1.1.

use serde_json::{Value, json};
use stack_base::account::stream_arn;
use stack_base::clock::now_ms;
use stack_base::service_error::{ServiceError, parse};

use super::error::KinesisError;
use super::iterator::ShardIterator;
use super::sequence::SequenceNumber;
use super::{Entry, Kinesis, Record, RecordPosition, Shard, Slice, hash_keys, listing, requests};

/// Maximum bytes of data in one `GetRecords` response (Kinesis quotas).
const MAXIMUM_READ: usize = 10 * 1024 * 1024;
/// Maximum number of records in one `GetRecords` response.
const MAXIMUM_RECORDS: usize = 10_000;

/// The operations that [`call`] executes.
const OPERATIONS: &[&str] = &[
    "DescribeStream",
    "DescribeStreamSummary",
    "GetRecords",
    "GetShardIterator",
    "ListShards",
    "ListStreams",
    "PutRecord",
    "PutRecords",
    "UpdateShardCount",
];

/// Executes one operation.
///
/// # Errors
/// [`ServiceError`] with the code and message that Kinesis returns.
pub fn call(kinesis: &Kinesis, operation: &str, body: &[u8]) -> Result<Value, ServiceError> {
    match operation {
        "ListStreams" => Ok(list_streams(kinesis)),
        "DescribeStream" => describe_stream(kinesis, &parse(body)?),
        "DescribeStreamSummary" => describe_summary(kinesis, &parse(body)?),
        "ListShards" => Ok(listing::list(kinesis, parse(body)?)?),
        "UpdateShardCount" => update_shard_count(kinesis, &parse(body)?),
        "GetShardIterator" => shard_iterator(kinesis, &parse(body)?),
        "GetRecords" => get_records(kinesis, &parse(body)?),
        "PutRecord" => put_record(kinesis, parse(body)?),
        "PutRecords" => put_records(kinesis, parse(body)?),
        other => Err(ServiceError::not_served("Kinesis", other, OPERATIONS)),
    }
}

fn list_streams(kinesis: &Kinesis) -> Value {
    let summary = |name| json!({"StreamName": name, "StreamARN": stream_arn(name), "StreamStatus": "ACTIVE"});
    let names: Vec<&str> = kinesis.names().collect();
    let summaries: Vec<Value> = names.iter().copied().map(summary).collect();
    json!({"StreamNames": names, "StreamSummaries": summaries, "HasMoreStreams": false})
}

fn describe_summary(kinesis: &Kinesis, target: &requests::Target) -> Result<Value, ServiceError> {
    let name = target.name()?;
    let summary = json!({
        "StreamName": name,
        "StreamARN": stream_arn(name),
        "StreamStatus": "ACTIVE",
        "RetentionPeriodHours": kinesis.retention_ms(name)? / 3_600_000,
        "StreamCreationTimestamp": 0,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "OpenShardCount": kinesis.shards(name)?.iter().filter(|shard| shard.is_open()).count(),
    });
    Ok(json!({"StreamDescriptionSummary": summary}))
}

fn describe_stream(kinesis: &Kinesis, target: &requests::Target) -> Result<Value, ServiceError> {
    let name = target.name()?;
    let description = json!({
        "StreamName": name,
        "StreamARN": stream_arn(name),
        "StreamStatus": "ACTIVE",
        "Shards": kinesis.shards(name)?.iter().map(listing::described).collect::<Vec<_>>(),
        "HasMoreShards": false,
        "RetentionPeriodHours": kinesis.retention_ms(name)? / 3_600_000,
        "StreamCreationTimestamp": 0,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
    });
    Ok(json!({"StreamDescription": description}))
}

fn update_shard_count(
    kinesis: &Kinesis,
    request: &requests::UpdateShardCount,
) -> Result<Value, ServiceError> {
    let (name, target) = (request.target.name()?, request.target_shard_count);
    if request.scaling_type != "UNIFORM_SCALING" {
        return Err(KinesisError::Invalid(format!("{} is not a ScalingType.", request.scaling_type)).into());
    }
    let current = kinesis.update_shard_count(name, target)?;
    Ok(json!({
        "StreamName": name,
        "StreamARN": stream_arn(name),
        "CurrentShardCount": current,
        "TargetShardCount": target,
    }))
}

fn shard_iterator(kinesis: &Kinesis, request: &requests::GetShardIterator) -> Result<Value, ServiceError> {
    let stream = request.target.name()?;
    let shard = kinesis.shard_of_id(stream, &request.shard_id)?;
    let given = || parse_in_shard(&shard, request.starting_sequence_number.as_deref().unwrap_or_default());
    let after = match request.shard_iterator_type.as_str() {
        "TRIM_HORIZON" => SequenceNumber(0),
        "LATEST" => kinesis.newest()?,
        "AT_SEQUENCE_NUMBER" => SequenceNumber(given()?.0 - 1),
        "AFTER_SEQUENCE_NUMBER" => given()?,
        "AT_TIMESTAMP" => kinesis.before_time(stream, shard.number, request.timestamp_ms()?)?,
        other => return Err(KinesisError::Invalid(format!("{other} is not a ShardIteratorType.")).into()),
    };
    Ok(json!({"ShardIterator": ShardIterator::new(stream, shard.number, after).encode()}))
}

/// Parses a sequence number and checks that the shard's range contains it.
fn parse_in_shard(shard: &Shard, text: &str) -> Result<SequenceNumber, KinesisError> {
    let number: SequenceNumber = text.parse()?;
    if number < shard.starting || shard.ending.is_some_and(|ending| number > ending) {
        let id = hash_keys::shard_id(shard.number);
        return Err(KinesisError::Invalid(format!("{number} is not a sequence number of {id}.")));
    }
    Ok(number)
}

fn get_records(kinesis: &Kinesis, request: &requests::GetRecords) -> Result<Value, ServiceError> {
    let iterator = ShardIterator::decode(&request.shard_iterator)?;
    let limit = request.limit.unwrap_or(MAXIMUM_RECORDS);
    if !(1..=MAXIMUM_RECORDS).contains(&limit) {
        return Err(
            KinesisError::Invalid(format!("Limit {limit} must be from 1 to {MAXIMUM_RECORDS}.")).into()
        );
    }
    kinesis.count_read(&iterator.stream, iterator.shard)?;
    // The shards are listed before the read. A shard that is closed now gets no records later, so an empty read means
    // that its end is reached.
    let shards = kinesis.shards(&iterator.stream)?;
    let is_closed = !shards.iter().any(|shard| shard.number == iterator.shard && shard.is_open());
    let slice = Slice::whole(iterator.shard, SequenceNumber(iterator.after));
    let records = kinesis.read(&iterator.stream, slice, limit, MAXIMUM_READ)?;
    let behind = behind(kinesis, &iterator, &records)?;
    let after = records.last().map_or(SequenceNumber(iterator.after), |last| last.sequence);
    let is_end = is_closed && records.is_empty();
    let records: Vec<Value> = records.iter().map(requests::record).collect();
    let mut answer = json!({"Records": records, "MillisBehindLatest": behind});
    if is_end {
        answer["ChildShards"] = json!(listing::children(&shards, iterator.shard));
    } else {
        answer["NextShardIterator"] = json!(iterator.after(after).encode());
    }
    Ok(answer)
}

/// Milliseconds between now and the last record read, or 0 when the read reached the shard's newest record.
fn behind(kinesis: &Kinesis, iterator: &ShardIterator, records: &[Record]) -> Result<i64, KinesisError> {
    let newest = kinesis.newest_arrival(&iterator.stream, iterator.shard)?;
    Ok(match (records.last(), newest) {
        (Some(last), Some(newest)) if newest > last.arrived_ms => now_ms() - last.arrived_ms,
        _ => 0,
    })
}

fn put_record(kinesis: &Kinesis, request: requests::PutRecord) -> Result<Value, ServiceError> {
    let name = request.target.name()?.to_owned();
    let entry: Entry = request.entry.try_into()?;
    let placed = kinesis.put(&name, std::slice::from_ref(&entry))?;
    placed.first().map(placement).ok_or_else(|| ServiceError::server("the record was not stored"))
}

fn put_records(kinesis: &Kinesis, request: requests::PutRecords) -> Result<Value, ServiceError> {
    let name = request.target.name()?.to_owned();
    if !(1..=500).contains(&request.records.len()) {
        return Err(KinesisError::Invalid("PutRecords takes 1 to 500 records.".to_owned()).into());
    }
    let entries: Vec<Entry> = request.records.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?;
    let placed = kinesis.put(&name, &entries)?;
    let records: Vec<Value> = placed.iter().map(placement).collect();
    Ok(json!({"FailedRecordCount": 0, "Records": records}))
}

fn placement(placed: &RecordPosition) -> Value {
    json!({"ShardId": hash_keys::shard_id(placed.shard), "SequenceNumber": placed.sequence.to_string()})
}

impl From<KinesisError> for ServiceError {
    fn from(error: KinesisError) -> Self {
        let code = match &error {
            KinesisError::StreamNotFound(_) | KinesisError::ShardNotFound { .. } => {
                "ResourceNotFoundException"
            }
            KinesisError::Invalid(_) => "InvalidArgumentException",
            KinesisError::Limit(_) => "LimitExceededException",
            KinesisError::TooManyReads { .. } => "ProvisionedThroughputExceededException",
            KinesisError::ExpiredIterator => "ExpiredIteratorException",
            KinesisError::Store(_) => return Self::server(error.to_string()),
        };
        Self::client(code, error.to_string())
    }
}
