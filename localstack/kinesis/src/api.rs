//! The wire API of Kinesis, `Kinesis_20131202`, in AWS JSON 1.1.

use serde_json::{Value, json};
use stack_base::account::{ACCOUNT, stream_arn};
use stack_base::clock::{now_ms, seconds};
use stack_base::service_error::{ServiceError, parse};

use super::error::KinesisError;
use super::iterator::{ShardIterator, decode_opaque, encode_opaque};
use super::records::MAXIMUM_DATA;
use super::sequence::{self, Parts, SequenceNumber};
use super::{
    Entry, Kinesis, Record, RecordPosition, Shard, Slice, constraints, hash_keys, listing, members, requests,
};

/// Maximum bytes of data in one `GetRecords` response (Kinesis quotas).
const MAXIMUM_READ: usize = 10 * 1024 * 1024;
/// Maximum number of records in one `GetRecords` response.
const MAXIMUM_RECORDS: usize = 10_000;

/// Page size of streams and of described shards, and the maximum of both (Kinesis API reference, `ListStreams` and
/// `DescribeStream`).
const PAGE: usize = 100;
/// Maximum bytes of data and partition keys in one `PutRecords` request.
const MAXIMUM_PUT: usize = 10 * 1024 * 1024;

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
    constraints::check(members::of(operation), &parse(body)?)?;
    match operation {
        "ListStreams" => Ok(list_streams(kinesis, parse(body)?)?),
        "DescribeStream" => Ok(describe_stream(kinesis, &parse(body)?)?),
        "DescribeStreamSummary" => Ok(describe_summary(kinesis, &parse(body)?)?),
        "ListShards" => Ok(listing::list(kinesis, parse(body)?)?),
        "UpdateShardCount" => Ok(update_shard_count(kinesis, &parse(body)?)?),
        "GetShardIterator" => Ok(shard_iterator(kinesis, &parse(body)?)?),
        "GetRecords" => Ok(get_records(kinesis, &parse(body)?)?),
        "PutRecord" => put_record(kinesis, parse(body)?),
        "PutRecords" => Ok(put_records(kinesis, parse(body)?)?),
        other => Err(ServiceError::not_served("Kinesis", other, OPERATIONS)),
    }
}

fn list_streams(kinesis: &Kinesis, request: requests::ListStreams) -> Result<Value, KinesisError> {
    let invalid = || KinesisError::Invalid("Invalid NextToken.".to_owned());
    let token =
        request.next_token.map(|token| decode_opaque::<String>(&token).ok_or_else(invalid)).transpose()?;
    let after = token.or(request.exclusive_start_stream_name);
    let limit = request.limit.unwrap_or(PAGE).min(PAGE);
    let mut names: Vec<&str> =
        kinesis.names().filter(|name| after.as_deref().is_none_or(|after| *name > after)).collect();
    let has_more = names.len() > limit;
    names.truncate(limit);
    let summaries: Vec<Value> = names.iter().map(|name| common(kinesis, name)).collect::<Result<_, _>>()?;
    let mut answer = json!({"StreamNames": names, "StreamSummaries": summaries, "HasMoreStreams": has_more});
    if let Some(last) = names.last().filter(|_| has_more) {
        answer["NextToken"] = json!(encode_opaque(last));
    }
    Ok(answer)
}

/// The members that every description of a stream has.
fn common(kinesis: &Kinesis, name: &str) -> Result<Value, KinesisError> {
    Ok(json!({
        "StreamName": name,
        "StreamARN": stream_arn(name),
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": if kinesis.is_on_demand(name)? { "ON_DEMAND" } else { "PROVISIONED" }},
        "StreamCreationTimestamp": seconds(kinesis.created_ms(name)?),
    }))
}

/// The members of `DescribeStream` and `DescribeStreamSummary`.
fn description(kinesis: &Kinesis, name: &str) -> Result<Value, KinesisError> {
    let mut description = common(kinesis, name)?;
    description["RetentionPeriodHours"] = json!(kinesis.retention_ms(name)? / 3_600_000);
    description["EnhancedMonitoring"] = json!([{"ShardLevelMetrics": []}]);
    description["EncryptionType"] = json!("NONE");
    Ok(description)
}

fn describe_summary(kinesis: &Kinesis, target: &requests::Target) -> Result<Value, KinesisError> {
    let name = target.name()?;
    let mut summary = description(kinesis, &name)?;
    summary["OpenShardCount"] = json!(kinesis.shards(&name)?.iter().filter(|shard| shard.is_open()).count());
    summary["MaxRecordSizeInKiB"] = json!(MAXIMUM_DATA / 1024);
    Ok(json!({"StreamDescriptionSummary": summary}))
}

fn describe_stream(kinesis: &Kinesis, request: &requests::DescribeStream) -> Result<Value, KinesisError> {
    let name = request.target.name()?;
    let after = request.exclusive_start_shard_id.as_deref().map(listing::number).transpose()?;
    let mut shards = kinesis.shards(&name)?;
    shards.retain(|shard| after.is_none_or(|after| shard.number > after));
    let limit = request.limit.unwrap_or(PAGE).min(PAGE);
    let mut description = description(kinesis, &name)?;
    description["HasMoreShards"] = json!(shards.len() > limit);
    shards.truncate(limit);
    description["Shards"] = shards.iter().map(listing::described).collect();
    Ok(json!({"StreamDescription": description}))
}

/// An on-demand stream is refused (Kinesis API reference, `UpdateShardCount`: "This API is only supported for the data
/// streams with the provisioned capacity mode").
fn update_shard_count(
    kinesis: &Kinesis,
    request: &requests::UpdateShardCount,
) -> Result<Value, KinesisError> {
    let (name, target) = (request.target.name()?, request.target_shard_count);
    if kinesis.is_on_demand(&name)? {
        return Err(KinesisError::OnDemand(name));
    }
    let current = kinesis.update_shard_count(&name, target)?;
    Ok(json!({
        "StreamName": name,
        "StreamARN": stream_arn(&name),
        "CurrentShardCount": current,
        "TargetShardCount": target,
    }))
}

fn shard_iterator(kinesis: &Kinesis, request: &requests::GetShardIterator) -> Result<Value, KinesisError> {
    let stream = request.target.name()?;
    let shard = kinesis.shard_of_id(&stream, &request.shard_id)?;
    let kind = request.shard_iterator_type.as_str();
    let after = match (kind, &request.starting_sequence_number) {
        ("AT_SEQUENCE_NUMBER", Some(text)) => SequenceNumber(parse_in_shard(&stream, &shard, text)?.0 - 1),
        ("AFTER_SEQUENCE_NUMBER", Some(text)) => parse_in_shard(&stream, &shard, text)?,
        ("TRIM_HORIZON", None) => SequenceNumber(0),
        ("LATEST", None) => kinesis.newest()?,
        ("AT_TIMESTAMP", None) => {
            let (timestamp, now) = (request.timestamp_ms()?, now_ms());
            if timestamp > now {
                return Err(KinesisError::Invalid(format!(
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
                     timestampInMillis: {timestamp}, currentTimestampInMillis: {now}"
                )));
            }
            kinesis.before_time(&stream, shard.number, timestamp)?
        }
        (_, number) => {
            let given = if number.is_some() { "also a" } else { "no" };
            return Err(KinesisError::Invalid(format!(
                "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) \
                 TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {given} \
                 StartingSequenceNumber."
            )));
        }
    };
    Ok(json!({"ShardIterator": ShardIterator::new(&stream, shard.number, after).encode()}))
}

/// Parses a sequence number and checks that it is one of the shard.
fn parse_in_shard(stream: &str, shard: &Shard, text: &str) -> Result<SequenceNumber, KinesisError> {
    let id = hash_keys::shard_id(shard.number);
    let invalid = |reason: &str| {
        KinesisError::Invalid(format!(
            "StartingSequenceNumber {text} used in GetShardIterator on shard {id} in stream {stream} under account \
             {ACCOUNT} is invalid{reason}."
        ))
    };
    let parts = Parts::parse(text).ok_or_else(|| invalid(""))?;
    if parts.shard != i64::from(shard.number) {
        let (sign, encoded) = (if parts.shard < 0 { "-" } else { "" }, parts.shard.unsigned_abs());
        let width = 12 - sign.len();
        return Err(KinesisError::Invalid(format!(
            "Invalid StartingSequenceNumber. It encodes shardId-{sign}{encoded:0width$}, while it was used in a call to a \
             shard with {id}"
        )));
    }
    if parts.version == 0 {
        return Err(KinesisError::OldSequenceNumber);
    }
    let is_of_shard = parts.version == 2 && parts.opened == sequence::seconds(shard.opened_ms);
    let number = parts.sequence;
    if !is_of_shard || number < shard.starting || shard.ending.is_some_and(|ending| number > ending) {
        return Err(invalid(" because it did not come from this stream"));
    }
    Ok(number)
}

fn get_records(kinesis: &Kinesis, request: &requests::GetRecords) -> Result<Value, KinesisError> {
    let iterator = ShardIterator::decode(&request.shard_iterator)?;
    kinesis.shard_of_number(&iterator.stream, iterator.shard)?;
    kinesis.count_read(&iterator.stream, iterator.shard)?;
    // The shards are listed before the read. A shard that is closed now gets no records later, so an empty read means
    // that its end is reached.
    let shards = kinesis.shards(&iterator.stream)?;
    let is_closed = !shards.iter().any(|shard| shard.number == iterator.shard && shard.is_open());
    let slice = Slice::whole(iterator.shard, SequenceNumber(iterator.after));
    let records =
        kinesis.read(&iterator.stream, slice, request.limit.unwrap_or(MAXIMUM_RECORDS), MAXIMUM_READ)?;
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
    let name = request.target.name()?;
    kinesis.channel(&name)?;
    if let Some(number) = &request.sequence_number_for_ordering {
        check_ordering(&name, number)?;
    }
    let entry: Entry = request.entry.try_into()?;
    let placed = kinesis.put(&name, std::slice::from_ref(&entry))?;
    placed.first().map(placement).ok_or_else(|| ServiceError::server("the record was not stored"))
}

/// Checks a `SequenceNumberForOrdering`. Every later record has a higher number, so the stack does nothing else with it.
fn check_ordering(stream: &str, number: &str) -> Result<(), KinesisError> {
    let parts = Parts::parse(number).filter(|parts| parts.arrived <= sequence::seconds(now_ms()));
    parts.map(|_| ()).ok_or_else(|| {
        KinesisError::Invalid(format!(
            "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream} under account {ACCOUNT} is \
             invalid."
        ))
    })
}

fn put_records(kinesis: &Kinesis, request: requests::PutRecords) -> Result<Value, KinesisError> {
    let name = request.target.name()?;
    kinesis.channel(&name)?;
    let entries: Vec<Entry> = request.records.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?;
    let size: usize = entries.iter().map(|entry| entry.data.len() + entry.partition_key.len()).sum();
    if size > MAXIMUM_PUT {
        return Err(KinesisError::Invalid("Records size exceeds 10 MB limit".to_owned()));
    }
    let placed = kinesis.put(&name, &entries)?;
    let records: Vec<Value> = placed.iter().map(placement).collect();
    Ok(json!({"FailedRecordCount": 0, "Records": records}))
}

fn placement(placed: &RecordPosition) -> Value {
    json!({"ShardId": hash_keys::shard_id(placed.shard), "SequenceNumber": placed.number})
}

impl From<KinesisError> for ServiceError {
    fn from(error: KinesisError) -> Self {
        let code = match &error {
            KinesisError::StreamNotFound(_)
            | KinesisError::NoShardId { .. }
            | KinesisError::ShardNotFound { .. } => "ResourceNotFoundException",
            KinesisError::Invalid(_) => "InvalidArgumentException",
            KinesisError::OnDemand(_) => "ValidationException",
            KinesisError::Limit(_) => "LimitExceededException",
            KinesisError::TooManyReads { .. } => "ProvisionedThroughputExceededException",
            KinesisError::ExpiredIterator { .. } => "ExpiredIteratorException",
            KinesisError::OldSequenceNumber | KinesisError::Store(_) => {
                return Self::server(error.to_string());
            }
        };
        Self::client(code, error.to_string())
    }
}
