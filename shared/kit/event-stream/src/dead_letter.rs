//! Dead letters: records and streams that cannot be projected, in the form in which the dead-letter queue stores them.
//!
//! A letter can repair a view after the stream's retention has passed. As soon as the cause is fixed, an operator sends
//! the letter's `data` back to the stream. Any one record of a stream is enough, because the projection reads the
//! missing commits before that record from the event table. Without any record, the next commit of the stream does the
//! same.

use es_core::{StreamId, StreamVersion, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Record, RecordRange, SequenceNumber};

/// The maximum length of a letter's error in characters. An error can quote the record, so it may be long.
const MAX_ERROR: usize = 2_000;

/// A record that cannot be projected, in the form in which it is written to the queue and read from it. Unknown members
/// are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Why the record cannot be projected.
    pub error: String,
    /// The projection that sent the record to the queue.
    pub function: String,
    /// The record's shard.
    pub shard_id: String,
    /// The record's position in the shard.
    pub sequence_number: SequenceNumber,
    /// The key that chose the record's shard.
    pub partition_key: String,
    /// When Kinesis received the record, in seconds since the Unix epoch; 0 if the time is unknown.
    #[serde(default)]
    pub approximate_arrival: f64,
    /// The stream's ARN.
    pub event_source_arn: String,
    /// The span of the batch, if spans are recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The record's data in base64, unchanged; missing if the message would have been too large.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Why `data` is missing. The record must then be read from the stream while the stream retains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_omitted: Option<String>,
}

impl DeadLetter {
    /// The letter for `record`, which the projection `function` cannot project because of `error`.
    #[must_use]
    pub fn from_record(function: &str, record: &Record, error: &str, traceparent: Option<String>) -> Self {
        Self {
            error: error.chars().take(MAX_ERROR).collect(),
            function: function.to_owned(),
            shard_id: record.shard.clone(),
            sequence_number: record.sequence.clone(),
            partition_key: record.partition_key.clone(),
            approximate_arrival: record.arrived_at,
            event_source_arn: record.source_arn.clone(),
            traceparent,
            data: Some(record.data.clone()),
            data_omitted: None,
        }
    }

    /// The letter as JSON. If the JSON has more than `limit` bytes, `data_omitted` replaces `data`.
    #[must_use]
    pub fn to_json(&self, limit: usize) -> String {
        let whole = serde_json::json!(self).to_string();
        if whole.len() <= limit {
            return whole;
        }
        let omitted = format!("the message would have {} bytes, more than {limit}", whole.len());
        serde_json::json!(Self { data: None, data_omitted: Some(omitted), ..self.clone() }).to_string()
    }

    /// The record, if the letter holds its data.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        Some(Record {
            sequence: self.sequence_number.clone(),
            shard: self.shard_id.clone(),
            partition_key: self.partition_key.clone(),
            arrived_at: self.approximate_arrival,
            source_arn: self.event_source_arn.clone(),
            data: self.data.clone()?,
        })
    }

    /// The position of the record in the stream.
    #[must_use]
    pub fn range(&self) -> RecordRange {
        RecordRange {
            stream_arn: self.event_source_arn.clone(),
            shard: self.shard_id.clone(),
            first: self.sequence_number.clone(),
            last: self.sequence_number.clone(),
        }
    }

    /// When Kinesis received the record; `None` if the letter does not say when.
    #[must_use]
    pub fn arrived_at(&self) -> Option<Timestamp> {
        // A float holds the microseconds of a current time with an error of less than one microsecond.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float outside the range of i64 becomes the nearest end of that range"
        )]
        let micros = (self.approximate_arrival * 1e6) as i64;
        Timestamp::from_micros(micros).ok().filter(|_| micros > 0)
    }
}

/// A stream that a projection cannot bring up to date, in the form in which it is written to the dead-letter queue and
/// read from it. The letter has no record, because the commits of the stream were read from the event table. Unknown
/// members are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldStream {
    /// Why the stream cannot be projected.
    pub error: String,
    /// The projection that cannot project the stream.
    pub function: String,
    /// The stream.
    pub stream: StreamId,
    /// The first version that is not projected.
    pub held_from: StreamVersion,
    /// The span of the work on the stream, if spans are recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl HeldStream {
    /// The letter for `stream`, which the projection `function` cannot project from the version `held_from` on because
    /// of `error`.
    #[must_use]
    pub fn from_version(
        function: &str,
        stream: StreamId,
        held_from: StreamVersion,
        error: &str,
        traceparent: Option<String>,
    ) -> Self {
        let error = error.chars().take(MAX_ERROR).collect();
        Self { error, function: function.to_owned(), stream, held_from, traceparent }
    }

    /// The letter as JSON. It has a few kilobytes at most.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// A letter in the dead-letter queue.
#[derive(Debug, Clone, PartialEq)]
pub enum QueuedLetter {
    /// A record that cannot be projected.
    Record(DeadLetter),
    /// A stream that cannot be projected.
    HeldStream(HeldStream),
}

impl QueuedLetter {
    /// Reads a letter. Only a letter about a stream has the member `held_from`.
    ///
    /// # Errors
    /// [`serde_json::Error`] if `text` is neither kind of letter.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let letter: serde_json::Value = serde_json::from_str(text)?;
        if letter.get("held_from").is_some() {
            serde_json::from_value(letter).map(Self::HeldStream)
        } else {
            serde_json::from_value(letter).map(Self::Record)
        }
    }
}
