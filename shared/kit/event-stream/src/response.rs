//! Lambda's answer to a batch: where to begin again.

use serde::Serialize;

use crate::SequenceNumber;

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
