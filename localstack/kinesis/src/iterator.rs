//! Shard iterators: an opaque text that holds a stream, a shard, a place in it, and when it was made.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stack_base::clock::now_ms;

use super::error::KinesisError;
use super::sequence::SequenceNumber;

/// How long an iterator can be used (Kinesis API reference, `GetShardIterator`): 5 minutes.
const LIFETIME_MS: i64 = 5 * 60 * 1000;

/// What an iterator points at: the next record after `after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardIterator {
    /// Name of the stream.
    pub(crate) stream: String,
    /// The shard.
    pub(crate) shard: u32,
    /// Sequence of the record before the next.
    pub(crate) after: i64,
    /// When it was made, in milliseconds since the epoch.
    made_ms: i64,
}

impl ShardIterator {
    /// An iterator that goes on after a place.
    pub(crate) fn new(stream: &str, shard: u32, after: SequenceNumber) -> Self {
        Self { stream: stream.to_owned(), shard, after: after.0, made_ms: now_ms() }
    }

    /// The iterator that goes on after a record.
    pub(crate) fn after(&self, sequence: SequenceNumber) -> Self {
        Self::new(&self.stream, self.shard, sequence)
    }

    /// The opaque text.
    pub(crate) fn encode(&self) -> String {
        sealed(self)
    }

    /// What an opaque text points at.
    ///
    /// # Errors
    /// [`KinesisError::Invalid`] when this stack did not make it, [`KinesisError::ExpiredIterator`] when it did so
    /// more than five minutes ago.
    pub(crate) fn decode(text: &str) -> Result<Self, KinesisError> {
        let iterator =
            opened::<Self>(text).ok_or_else(|| KinesisError::Invalid("Invalid ShardIterator.".to_owned()))?;
        if now_ms() - iterator.made_ms > LIFETIME_MS {
            return Err(KinesisError::ExpiredIterator);
        }
        Ok(iterator)
    }
}

/// An opaque text for a client that gives it back later.
pub(crate) fn sealed(content: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(content).unwrap_or_default())
}

/// What such a text holds, when this stack made it.
pub(crate) fn opened<T: DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The stream an opaque text points into, when this stack made it.
#[must_use]
pub fn stream_of(text: &str) -> Option<String> {
    opened(text).map(|iterator: ShardIterator| iterator.stream)
}

#[cfg(test)]
mod tests {
    use super::{KinesisError, LIFETIME_MS, SequenceNumber, ShardIterator};

    #[test]
    fn an_iterator_can_be_used_for_five_minutes() {
        let fresh = ShardIterator::new("changes", 3, SequenceNumber(7));
        assert_eq!(ShardIterator::decode(&fresh.encode()).unwrap(), fresh);
        let old = ShardIterator { made_ms: fresh.made_ms - LIFETIME_MS - 1, ..fresh };
        assert!(matches!(ShardIterator::decode(&old.encode()), Err(KinesisError::ExpiredIterator)));
    }
}
