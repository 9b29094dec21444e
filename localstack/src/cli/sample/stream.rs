//! Samples of functions that read the change stream: a batch of Kinesis records. Each record contains one commit, as a
//! change record of DynamoDB.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use stack_base::clock;
use stack_template::Function;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::{datetime, format_description};
use time::{Duration, OffsetDateTime};

use super::arguments::{SampleArguments, USER};
use super::error::SampleError;
use super::pairs::{Pairs, digest, hex, uuid};

/// An example of a valid `--commit`.
const EXAMPLE: &str =
    r#"{"stream":"counter-1","version":1,"events":[{"type":"Incremented","data":{"by":2}}]}"#;
/// The time of the first commit, unless `--commit` has the attribute `at`. Each later commit is one minute younger.
const APPENDED_AT: OffsetDateTime = datetime!(2026-10-26 07:33:20.1 UTC);
const AT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
/// Microseconds between a commit and the creation time of its change record.
const CHANGED_AFTER: i128 = 4_200;
/// The arrival time of the first record in the stream, in milliseconds since the epoch.
const ARRIVED_AT: i64 = 1_793_000_000_350;
/// Milliseconds between the arrivals of two records.
const ARRIVED_EACH: i64 = 13;
/// The common prefix of all sequence numbers.
const SEQUENCE: &str = "49670123456789012345678901234567890123456789012345";
/// The rest of the first sequence number.
const SEQUENCE_BEGIN: usize = 670_000;
/// The difference between two consecutive sequence numbers.
const SEQUENCE_EACH: usize = 7;
const SHARD: &str = "shardId-000000000002";
const REGION: &str = "eu-central-1";
/// The name of the embedded stack's event table. A projection refuses records of another table.
const EVENT_TABLE: &str = "EventTable";
const STREAM_ARN: &str = "arn:aws:kinesis:eu-central-1:123456789012:stream/orders-EventStream-3M4N5O6P7Q8R";

/// A commit of `--commit`. Most missing attributes are derived from the stream and the version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commit<'j> {
    stream: String,
    version: u64,
    #[serde(borrow)]
    events: Vec<&'j RawValue>,
    at: Option<String>,
    by: Option<String>,
    key: Option<String>,
    request_hash: Option<String>,
    traceparent: Option<String>,
    correlation_id: Option<String>,
    causation_id: Option<String>,
}

/// The member that every event must have.
#[derive(Deserialize)]
struct EventHead {
    #[serde(rename = "type")]
    _type: String,
}

#[derive(Serialize)]
struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    kinesis: Kinesis,
    #[serde(rename = "eventSource")]
    event_source: &'static str,
    #[serde(rename = "eventVersion")]
    event_version: &'static str,
    #[serde(rename = "eventID")]
    event_id: String,
    #[serde(rename = "eventName")]
    event_name: &'static str,
    #[serde(rename = "invokeIdentityArn")]
    invoke_identity_arn: String,
    #[serde(rename = "awsRegion")]
    aws_region: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kinesis {
    #[serde(rename = "kinesisSchemaVersion")]
    schema_version: &'static str,
    partition_key: String,
    sequence_number: String,
    data: String,
    approximate_arrival_timestamp: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    aws_region: &'static str,
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: &'static str,
    user_identity: Option<()>,
    record_format: &'static str,
    table_name: &'static str,
    dynamodb: ChangedItem,
    event_source: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangedItem {
    approximate_creation_date_time: i128,
    approximate_creation_date_time_precision: &'static str,
    keys: Item,
    new_image: Item,
    size_bytes: usize,
}

type Item = Pairs<&'static str, Attribute>;

#[derive(Debug, Clone, Serialize)]
enum Attribute {
    S(String),
    N(String),
}

/// The event for `function` with one record for each `--commit`.
///
/// # Errors
/// [`SampleError`].
pub(super) fn event(function: &Function, arguments: &SampleArguments) -> Result<String, SampleError> {
    if arguments.commit.is_empty() {
        return Err(SampleError::CommitMissing { function: function.binary.clone(), example: EXAMPLE });
    }
    let by = arguments.user.as_deref().unwrap_or(USER);
    let records = arguments.commit.iter().enumerate().map(|(place, commit)| {
        record(function, place, commit, by).map_err(|problem| SampleError::Commit {
            number: place + 1,
            problem,
            example: EXAMPLE,
        })
    });
    let event = StreamEvent { records: records.collect::<Result<_, _>>()? };
    Ok(serde_json::to_string_pretty(&event)? + "\n")
}

fn record(function: &Function, place: usize, commit: &str, by: &str) -> Result<Record, String> {
    let commit: Commit<'_> = serde_json::from_str(commit).map_err(|error| error.to_string())?;
    let ids = digest(&format!("change of {} {}", commit.stream, commit.version));
    let (mut id, steps) = ([0; 16], i64::try_from(place).unwrap_or(i64::MAX));
    id.copy_from_slice(&ids[..16]);
    let change = change(commit, uuid(id).to_string(), steps, by)?;
    let sequence_number = format!("{SEQUENCE}{}", SEQUENCE_BEGIN + SEQUENCE_EACH * place);
    let role = function.logical_id.trim_end_matches("Function");
    Ok(Record {
        event_id: format!("{SHARD}:{sequence_number}"),
        kinesis: Kinesis {
            schema_version: "1.0",
            partition_key: hex(&ids[16..]).to_uppercase(),
            sequence_number,
            data: STANDARD.encode(serde_json::to_vec(&change).map_err(|error| error.to_string())?),
            approximate_arrival_timestamp: clock::seconds(ARRIVED_AT + ARRIVED_EACH * steps),
        },
        event_source: "aws:kinesis",
        event_version: "1.0",
        event_name: "aws:kinesis:record",
        invoke_identity_arn: format!("arn:aws:iam::123456789012:role/orders-{role}Role-7G8H9I0J1K2L"),
        aws_region: REGION,
        event_source_arn: STREAM_ARN,
    })
}

/// The change record of `commit`, which is at position `place` of the batch.
fn change(commit: Commit<'_>, event_id: String, place: i64, by: &str) -> Result<Change, String> {
    if commit.version == 0 || commit.events.is_empty() || commit.stream.is_empty() {
        return Err("give a stream, a version of at least 1, and one or more events".to_owned());
    }
    for event in &commit.events {
        serde_json::from_str::<EventHead>(event.get()).map_err(|error| format!("events: {error}"))?;
    }
    let at = match commit.at {
        Some(at) => at,
        None => (APPENDED_AT + Duration::minutes(place)).format(AT).map_err(|error| error.to_string())?,
    };
    let appended = OffsetDateTime::parse(&at, &Rfc3339).map_err(|error| format!("at: {error}"))?;
    let made_up = hex(&digest(&format!("{}{}", commit.stream, commit.version)));
    let (one, two) = (&made_up[..32], &made_up[32..48]);
    let key = || format!("{}-{}-7{}-9{}-{}", &one[..8], &one[8..12], &one[13..16], &one[17..20], &one[20..]);
    let events: Vec<&str> = commit.events.iter().map(|event| event.get()).collect();
    let text = |name, given: Option<String>, other: &dyn Fn() -> String| {
        (name, Attribute::S(given.unwrap_or_else(other)))
    };
    let keys =
        vec![("pk", Attribute::S(commit.stream.clone())), ("sk", Attribute::N(commit.version.to_string()))];
    let mut image = keys.clone();
    image.extend([
        ("count", Attribute::N(events.len().to_string())),
        ("events", Attribute::S(format!("[{}]", events.join(",")))),
        ("at", Attribute::S(at)),
        text("by", commit.by, &|| by.to_owned()),
        text("key", commit.key, &key),
        text("request_hash", commit.request_hash, &|| made_up.clone()),
        text("traceparent", commit.traceparent, &|| format!("00-{one}-{two}-01")),
        text("correlation_id", commit.correlation_id, &|| format!("corr-{}", &one[..12])),
        text("causation_id", commit.causation_id, &|| format!("req-{}", &one[12..24])),
    ]);
    let size_bytes = image.iter().map(|(name, value)| name.len() + value.text().len()).sum();
    Ok(Change {
        aws_region: REGION,
        event_id,
        event_name: "INSERT",
        user_identity: None,
        record_format: "application/json",
        table_name: EVENT_TABLE,
        dynamodb: ChangedItem {
            approximate_creation_date_time: appended.unix_timestamp_nanos() / 1000 + CHANGED_AFTER,
            approximate_creation_date_time_precision: "MICROSECOND",
            keys: Pairs(keys),
            new_image: Pairs(image),
            size_bytes,
        },
        event_source: "aws:dynamodb",
    })
}

impl Attribute {
    fn text(&self) -> &str {
        let (Self::S(text) | Self::N(text)) = self;
        text
    }
}
