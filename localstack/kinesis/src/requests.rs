//! The request fields that the stack reads, and the response fields of a record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stack_base::account::{name_of_arn, stream_arn};
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
    /// Name of the stream. An ARN of another account or region names no stream of this stack.
    pub(super) fn name(&self) -> Result<String, KinesisError> {
        match (&self.stream_name, &self.stream_arn) {
            (_, Some(arn)) if *arn != stream_arn(name_of_arn(arn)) => {
                Err(KinesisError::StreamNotFound(arn.clone()))
            }
            (Some(name), _) => Ok(name.clone()),
            (None, Some(arn)) => Ok(name_of_arn(arn).to_owned()),
            (None, None) => Err(KinesisError::Invalid("StreamName or StreamARN must be given.".to_owned())),
        }
    }

    /// True if the request names a stream.
    pub(super) fn is_named(&self) -> bool {
        self.stream_name.is_some() || self.stream_arn.is_some()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListStreams {
    pub(super) limit: Option<usize>,
    pub(super) exclusive_start_stream_name: Option<String>,
    pub(super) next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeStream {
    #[serde(flatten)]
    pub(super) target: Target,
    pub(super) limit: Option<usize>,
    pub(super) exclusive_start_shard_id: Option<String>,
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
        let missing = "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has \
            no timestamp parameter.";
        milliseconds(self.timestamp).ok_or_else(|| KinesisError::Invalid(missing.to_owned()))
    }
}

/// Converts seconds since the epoch to milliseconds; `None` when the number is outside a plausible range of times.
fn milliseconds(seconds: Option<f64>) -> Option<i64> {
    let seconds = seconds.filter(|seconds| (0.0..1e11).contains(seconds))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was checked, and the fraction is not needed"
    )]
    let ms = (seconds * 1000.0).round() as i64;
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
    #[serde(rename = "SequenceNumberForOrdering")]
    pub(super) sequence_number_for_ordering: Option<String>,
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
        let EncodedEntry { data, partition_key, explicit_hash_key } = encoded;
        let data =
            STANDARD.decode(data).map_err(|_| KinesisError::Invalid("Data is not base64.".to_owned()))?;
        let size = data.len() + partition_key.len();
        if size > MAXIMUM_DATA {
            let problem = format!(
                "Data and PartitionKey have {size} bytes together. A record of this stream can have {MAXIMUM_DATA}."
            );
            return Err(KinesisError::Invalid(problem));
        }
        let hash_key = |key: String| {
            let problem = format!(
                "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {key}"
            );
            key.parse().map_err(|_| KinesisError::Invalid(problem))
        };
        let explicit_hash_key = explicit_hash_key.map(hash_key).transpose()?;
        Ok(Self { partition_key, explicit_hash_key, data })
    }
}

/// A record as `GetRecords` returns it, with its data in base64.
pub(super) fn record(record: &Record) -> Value {
    json!({
        "SequenceNumber": record.number,
        "ApproximateArrivalTimestamp": seconds(record.arrived_ms),
        "Data": STANDARD.encode(&record.data),
        "PartitionKey": record.partition_key,
    })
}
