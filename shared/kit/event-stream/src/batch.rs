//! The batch that an event source mapping invokes a function with, and the answer: where to begin again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::SequenceNumber;

/// The records of one invocation, all of one shard. Members that are not read here are left alone.
///
/// Source: AWS Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data Streams", section
/// "Example Kinesis Data Streams event".
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Batch {
    /// The records in the order of the shard.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One Kinesis record, as Lambda passes it on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Envelope")]
pub struct Record {
    /// Its place in the shard.
    pub sequence: SequenceNumber,
    /// The shard it came through: `shardId-000000000006`; empty where the envelope does not tell.
    pub shard: String,
    /// What its shard was chosen by. DynamoDB takes a hash of the item's whole primary key.
    pub partition_key: String,
    /// When Kinesis took it, in seconds since the Unix epoch, to the millisecond.
    pub arrived_at: f64,
    /// The stream it came through.
    pub source_arn: String,
    /// Its data in base64, as it came.
    pub data: String,
}

impl Record {
    /// Its data as bytes.
    ///
    /// # Errors
    /// [`base64::DecodeError`] where the data is no base64.
    pub fn bytes(&self) -> Result<Vec<u8>, base64::DecodeError> {
        STANDARD.decode(&self.data)
    }
}

/// The answer to a batch, for a mapping with `ReportBatchItemFailures`.
///
/// Lambda takes the lowest sequence number in it as its checkpoint and delivers that record and everything behind it
/// again. An empty list is success. An identifier that is null, empty or of no record in the batch fails the whole.
///
/// Source: AWS Lambda Developer Guide, "Configuring partial batch response with Kinesis Data Streams and Lambda".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// Nothing, or the one record to begin again from.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// The record to begin again from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// Its sequence number.
    pub item_identifier: SequenceNumber,
}

impl BatchResponse {
    /// Success where nothing failed, else a new beginning at the lowest of the records that `failed`.
    pub fn of<'a>(failed: impl IntoIterator<Item = &'a SequenceNumber>) -> Self {
        let lowest = failed.into_iter().min().cloned();
        let failure = lowest.map(|item_identifier| ItemFailure { item_identifier });
        Self { batch_item_failures: failure.into_iter().collect() }
    }
}

#[derive(Deserialize)]
struct Envelope {
    /// `<shard>:<sequence number>`.
    #[serde(rename = "eventID", default)]
    event_id: String,
    #[serde(rename = "eventSourceARN", default)]
    source_arn: String,
    kinesis: Kinesis,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kinesis {
    sequence_number: SequenceNumber,
    #[serde(default)]
    partition_key: String,
    #[serde(default)]
    approximate_arrival_timestamp: f64,
    data: String,
}

impl From<Envelope> for Record {
    fn from(Envelope { event_id, source_arn, kinesis }: Envelope) -> Self {
        let shard = event_id.split_once(':').map_or("", |(shard, _)| shard).to_owned();
        Self {
            sequence: kinesis.sequence_number,
            shard,
            partition_key: kinesis.partition_key,
            arrived_at: kinesis.approximate_arrival_timestamp,
            source_arn,
            data: kinesis.data,
        }
    }
}
