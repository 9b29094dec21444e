//! The dead-letter queue: records that cannot be projected, set aside whole.
//!
//! A message is enough to put things right without the stream's retention: once the cause is gone, its `data` is put
//! back on the stream as it is. One record a stream is enough, whichever: its projection reads what is missing
//! before it from the event table. Without any, the next commit of the stream does the same.

use std::future::Future;

use event_stream::Record;
use serde::Serialize;

/// The most characters of an error that a message carries; an error can quote the record it is about.
const MAX_ERROR: usize = 2_000;

/// A record that cannot be projected.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter<'a> {
    /// The function that set it aside.
    pub function: &'static str,
    /// The record.
    pub record: &'a Record,
    /// Why it cannot be projected.
    pub error: String,
}

/// A dead letter that could not be handed over.
#[derive(Debug, thiserror::Error)]
#[error("the dead-letter queue is unavailable")]
pub struct Undelivered(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Takes the records that cannot be projected.
pub trait DeadLetterQueue: Send + Sync {
    /// Keeps `letter`.
    ///
    /// # Errors
    /// [`Undelivered`] where it is not known to be kept.
    fn send(&self, letter: &DeadLetter<'_>) -> impl Future<Output = Result<(), Undelivered>> + Send;
}

#[derive(Serialize)]
struct Message<'a> {
    error: String,
    function: &'static str,
    shard_id: &'a str,
    sequence_number: &'a str,
    partition_key: &'a str,
    approximate_arrival: f64,
    event_source_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_omitted: Option<String>,
}

impl DeadLetter<'_> {
    /// The letter as JSON: `error`, `function`, `shard_id`, `sequence_number`, `partition_key`, `approximate_arrival`
    /// (seconds since the Unix epoch), `event_source_arn`, `traceparent` of the batch where there are spans, and the
    /// record's `data` in base64, as it came.
    ///
    /// Where that is more than `limit` bytes, it comes without `data`; `data_omitted` says so then, and the record is
    /// to be read from the stream by its shard and sequence number, while it is retained there.
    #[must_use]
    pub fn message(&self, limit: usize) -> String {
        let whole = self.json(Some(&self.record.data), None);
        if whole.len() <= limit {
            return whole;
        }
        let bytes = whole.len();
        self.json(None, Some(format!("the message would have {bytes} bytes, more than {limit}")))
    }

    fn json(&self, data: Option<&str>, data_omitted: Option<String>) -> String {
        let Record { sequence, shard, partition_key, arrived_at, source_arn, .. } = self.record;
        let message = Message {
            error: self.error.chars().take(MAX_ERROR).collect(),
            function: self.function,
            shard_id: shard,
            sequence_number: sequence.as_str(),
            partition_key,
            approximate_arrival: *arrived_at,
            event_source_arn: source_arn,
            traceparent: telemetry::traceparent(),
            data,
            data_omitted,
        };
        serde_json::json!(message).to_string()
    }
}
