//! The request fields that the stack reads, and the response fields of a record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stack_base::account::name_of_arn;
use stack_base::clock::seconds;

use super::error::KinesisError;
use super::reader::Record;
use super::records::{Entry, MAXIMUM_DATA};

/// The stream that a request names, by name or ARN.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
}

impl Target {
    /// Name of the stream.
    pub(super) fn name(&self) -> Result<&str, KinesisError> {
        let of_arn = self.stream_arn.as_deref().map(name_of_arn);
        self.stream_name
            .as_deref()
            .or(of_arn)
            .ok_or_else(|| KinesisError::Invalid("StreamName or StreamARN must be given.".to_owned()))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListShards {
    #[serde(flatten)]
    pub(super) target: Target,
    pub(super) next_token: Option<String>,
    pub(super) exclusive_start_shard_id: Option<String>,
    pub(super) max_results: Option<usize>,
    pub(super) shard_filter: Option<Filter>,
}

/// Selects the shards to list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    #[serde(rename = "Type")]
    pub(super) kind: String,
    pub(super) shard_id: Option<String>,
    timestamp: Option<f64>,
}

impl Filter {
    /// The field `Timestamp`, in milliseconds since the epoch.
    pub(super) fn timestamp_ms(&self) -> Option<i64> {
        milliseconds(self.timestamp)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateShardCount {
    #[serde(flatten)]
    pub(super) target: Target,
    pub(super) target_shard_count: u32,
    pub(super) scaling_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetShardIterator {
    #[serde(flatten)]
    pub(super) target: Target,
    pub(super) shard_id: String,
    pub(super) shard_iterator_type: String,
    pub(super) starting_sequence_number: Option<String>,
    timestamp: Option<f64>,
}

impl GetShardIterator {
    /// The field `Timestamp`, in milliseconds since the epoch.
    pub(super) fn timestamp_ms(&self) -> Result<i64, KinesisError> {
        milliseconds(self.timestamp)
            .ok_or_else(|| KinesisError::Invalid("AT_TIMESTAMP needs a Timestamp.".to_owned()))
    }
}

/// Converts seconds since the epoch to milliseconds; `None` when the number is outside a plausible range of times.
fn milliseconds(seconds: Option<f64>) -> Option<i64> {
    let seconds = seconds.filter(|seconds| (0.0..1e11).contains(seconds))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was checked, and the fraction is not needed"
    )]
    let ms = (seconds * 1000.0) as i64;
    Some(ms)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetRecords {
    pub(super) shard_iterator: String,
    pub(super) limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PutRecord {
    #[serde(flatten)]
    pub(super) target: Target,
    #[serde(flatten)]
    pub(super) entry: EncodedEntry,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutRecords {
    #[serde(flatten)]
    pub(super) target: Target,
    pub(super) records: Vec<EncodedEntry>,
}

/// A record to put, with its data in base64.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EncodedEntry {
    data: String,
    partition_key: String,
    explicit_hash_key: Option<String>,
}

impl TryFrom<EncodedEntry> for Entry {
    type Error = KinesisError;

    fn try_from(encoded: EncodedEntry) -> Result<Self, KinesisError> {
        let invalid = |message: &str| KinesisError::Invalid(message.to_owned());
        let data = STANDARD.decode(encoded.data).map_err(|_| invalid("Data is not base64."))?;
        if data.len() > MAXIMUM_DATA {
            return Err(invalid("Data must not exceed 1 MiB."));
        }
        if !(1..=256).contains(&encoded.partition_key.chars().count()) {
            return Err(invalid("PartitionKey must have 1 to 256 characters."));
        }
        let hash_key = encoded.explicit_hash_key.map(|key| key.parse()).transpose();
        let explicit_hash_key =
            hash_key.map_err(|_| invalid("ExplicitHashKey must be a number below 2^128."))?;
        Ok(Self { partition_key: encoded.partition_key, explicit_hash_key, data })
    }
}

/// A record as `GetRecords` returns it, with its data in base64.
pub(super) fn record(record: &Record) -> Value {
    json!({
        "SequenceNumber": record.sequence.to_string(),
        "ApproximateArrivalTimestamp": seconds(record.arrived_ms),
        "Data": STANDARD.encode(&record.data),
        "PartitionKey": record.partition_key,
    })
}
