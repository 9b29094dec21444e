//! Shard iterators: an opaque text that contains a stream, a shard, a sequence number, and the time of creation.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stack_base::clock::now_ms;

use super::error::KinesisError;
use super::sequence::SequenceNumber;

/// Lifetime of an iterator: 5 minutes (Kinesis API reference, `GetShardIterator`).
const LIFETIME_MS: i64 = 5 * 60 * 1000;

/// Content of an iterator. The next record is the first one after `after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardIterator {
    /// Name of the stream.
    pub(crate) stream: String,
    /// The shard.
    pub(crate) shard: u32,
    /// Sequence number of the record before the next one.
    pub(crate) after: i64,
    /// Time of creation, in milliseconds since the epoch.
    made_ms: i64,
}

impl ShardIterator {
    /// Creates an iterator that continues after a sequence number.
    pub(crate) fn new(stream: &str, shard: u32, after: SequenceNumber) -> Self {
        Self { stream: stream.to_owned(), shard, after: after.0, made_ms: now_ms() }
    }

    /// The same shard's iterator that continues after `sequence`.
    pub(crate) fn after(&self, sequence: SequenceNumber) -> Self {
        Self::new(&self.stream, self.shard, sequence)
    }

    /// Encodes the iterator as opaque text.
    pub(crate) fn encode(&self) -> String {
        encode_opaque(self)
    }

    /// Decodes an opaque text.
    ///
    /// # Errors
    /// [`KinesisError::Invalid`] when this stack did not create the text; [`KinesisError::ExpiredIterator`] when it is
    /// older than five minutes.
    pub(crate) fn decode(text: &str) -> Result<Self, KinesisError> {
        let iterator = decode_opaque::<Self>(text)
            .ok_or_else(|| KinesisError::Invalid("Invalid ShardIterator.".to_owned()))?;
        if now_ms() - iterator.made_ms > LIFETIME_MS {
            return Err(KinesisError::ExpiredIterator);
        }
        Ok(iterator)
    }
}

/// Encodes content as an opaque text that the client returns later.
pub(crate) fn encode_opaque(content: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(content).unwrap_or_default())
}

/// Decodes a text made by [`encode_opaque`]; `None` for any other text.
pub(crate) fn decode_opaque<T: DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Name of the stream that an iterator points into; `None` when this stack did not create the iterator.
#[must_use]
pub fn stream_of(text: &str) -> Option<String> {
    decode_opaque(text).map(|iterator: ShardIterator| iterator.stream)
}

#[cfg(test)]
mod tests {
    use super::{KinesisError, LIFETIME_MS, SequenceNumber, ShardIterator};

    #[test]
    fn an_iterator_expires_after_five_minutes() {
        let fresh = ShardIterator::new("changes", 3, SequenceNumber(7));
        assert_eq!(ShardIterator::decode(&fresh.encode()).unwrap(), fresh);
        let old = ShardIterator { made_ms: fresh.made_ms - LIFETIME_MS - 1, ..fresh };
        assert!(matches!(ShardIterator::decode(&old.encode()), Err(KinesisError::ExpiredIterator)));
    }
}
