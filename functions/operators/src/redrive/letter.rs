//! Records that a projection set aside.

use es_core::Timestamp;
use event_stream::{Record, SequenceNumber};
use serde::Deserialize;

use crate::redrive::Place;

/// A dead letter, as [`projection::DeadLetter::message`] writes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Letter {
    /// Why it was set aside.
    pub(crate) error: String,
    /// The projection that set it aside.
    pub(crate) function: String,
    pub(crate) shard_id: String,
    pub(crate) sequence_number: SequenceNumber,
    partition_key: String,
    approximate_arrival: f64,
    event_source_arn: String,
    /// The record's data in base64; without it where the message would have been too large.
    data: Option<String>,
}

impl Letter {
    /// The record, where the letter holds it.
    pub(crate) fn record(&self) -> Option<Record> {
        Some(Record {
            sequence: self.sequence_number.clone(),
            shard: self.shard_id.clone(),
            partition_key: self.partition_key.clone(),
            arrived_at: self.approximate_arrival,
            source_arn: self.event_source_arn.clone(),
            data: self.data.clone()?,
        })
    }

    /// Where the record was in the stream.
    pub(crate) fn place(&self) -> Place {
        Place {
            stream_arn: self.event_source_arn.clone(),
            shard: self.shard_id.clone(),
            first: self.sequence_number.clone(),
            last: self.sequence_number.clone(),
        }
    }

    /// When Kinesis took it.
    pub(crate) fn arrived_at(&self) -> Timestamp {
        // No time of this era loses more than a microsecond's fraction.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float beyond the range gives the nearest end of it"
        )]
        let micros = (self.approximate_arrival * 1e6) as i64;
        Timestamp::from_micros(micros).unwrap_or(Timestamp::MIN)
    }
}
