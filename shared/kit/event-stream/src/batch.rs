//! The batch of records that an event source mapping passes to a function, and the response: where to start again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::SequenceNumber;

/// The records of one invocation, all from one shard. Unknown members are ignored.
///
/// Source: AWS Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data Streams", section
/// "Example Kinesis Data Streams event".
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Batch {
    /// The records in the order of the shard.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One Kinesis record in the form in which Lambda passes it to a function.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Envelope")]
pub struct Record {
    /// The record's position in the shard.
    pub sequence: SequenceNumber,
    /// The record's shard: `shardId-000000000006`; empty if the envelope does not name the shard.
    pub shard: String,
    /// The key that chose the record's shard. DynamoDB uses a hash of the item's whole primary key.
    pub partition_key: String,
    /// When Kinesis received the record, in seconds since the Unix epoch with milliseconds.
    pub arrived_at: f64,
    /// The ARN of the stream.
    pub source_arn: String,
    /// The record's data in base64, unchanged.
    pub data: String,
}

impl Record {
    /// The record's data as bytes.
    ///
    /// # Errors
    /// [`base64::DecodeError`] if the data is not base64.
    pub fn bytes(&self) -> Result<Vec<u8>, base64::DecodeError> {
        STANDARD.decode(&self.data)
    }
}

/// The response to a batch, for an event source mapping with `ReportBatchItemFailures`.
///
/// Lambda takes the lowest sequence number in the response as its checkpoint. It delivers that record and all later
/// ones again. An empty list means success. An identifier that is null, empty or not in the batch fails the whole
/// batch.
///
/// Source: AWS Lambda Developer Guide, "Configuring partial batch response with Kinesis Data Streams and Lambda".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// Empty, or the one record to start again from.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// The record to start again from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// The record's sequence number.
    pub item_identifier: SequenceNumber,
}

impl BatchResponse {
    /// Success if no record failed. Otherwise Lambda must start again at the lowest of the `failed` records.
    pub fn from_failed<'a>(failed: impl IntoIterator<Item = &'a SequenceNumber>) -> Self {
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
