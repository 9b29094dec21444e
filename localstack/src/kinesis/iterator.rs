//! Shard iterators: an opaque text that holds a stream, a shard and a place in it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::error::KinesisError;
use super::sequence::SequenceNumber;

/// What an iterator points at: the next record after `after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardIterator {
    /// Name of the stream.
    pub(crate) stream: String,
    /// The shard.
    pub(crate) shard: u32,
    /// Sequence of the record before the next.
    pub(crate) after: i64,
}

impl ShardIterator {
    /// The iterator that goes on after a record.
    pub(crate) fn after(&self, sequence: SequenceNumber) -> Self {
        Self { after: sequence.0, ..self.clone() }
    }

    /// The opaque text.
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// What an opaque text points at.
    ///
    /// # Errors
    /// [`KinesisError::Invalid`] when this stack did not make it.
    pub(crate) fn decode(text: &str) -> Result<Self, KinesisError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let iterator = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        iterator.ok_or_else(|| KinesisError::Invalid("Invalid ShardIterator.".to_owned()))
    }
}

/// The stream an opaque text points into, when this stack made it.
pub(crate) fn stream_of(text: &str) -> Option<String> {
    ShardIterator::decode(text).ok().map(|iterator| iterator.stream)
}
