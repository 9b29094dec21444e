//! Shard iterators: an opaque text that contains a stream, a shard, a sequence number, and the time of creation.
//!
//! The text has the length and the first bytes of Kinesis's iterators, which some clients check.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stack_base::clock::now_ms;

use super::error::{KinesisError, LIFETIME_MS};
use super::sequence::SequenceNumber;

/// First bytes of every iterator.
const VERSION: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
/// Least number of bytes of the content, which is padded with spaces to a multiple of [`BLOCK`].
const CONTENT: usize = 144;
const BLOCK: usize = 16;

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
        let mut content = serde_json::to_vec(self).unwrap_or_default();
        content.resize(content.len().max(CONTENT).next_multiple_of(BLOCK), b' ');
        STANDARD.encode([&VERSION, content.as_slice()].concat())
    }

    /// Decodes an opaque text.
    ///
    /// # Errors
    /// [`KinesisError::Invalid`] when this stack did not create the text; [`KinesisError::ExpiredIterator`] when it is
    /// older than five minutes.
    pub(crate) fn decode(text: &str) -> Result<Self, KinesisError> {
        let iterator =
            Self::parse(text).ok_or_else(|| KinesisError::Invalid("Invalid ShardIterator.".to_owned()))?;
        let now_ms = now_ms();
        if now_ms - iterator.made_ms > LIFETIME_MS {
            return Err(KinesisError::ExpiredIterator { made_ms: iterator.made_ms, now_ms });
        }
        Ok(iterator)
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        serde_json::from_slice(bytes.strip_prefix(&VERSION)?).ok()
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
    ShardIterator::parse(text).map(|iterator| iterator.stream)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::{KinesisError, LIFETIME_MS, SequenceNumber, ShardIterator};

    #[test]
    fn an_iterator_expires_after_five_minutes() {
        let fresh = ShardIterator::new("changes", 3, SequenceNumber(7));
        assert_eq!(ShardIterator::decode(&fresh.encode()).unwrap(), fresh);
        let old = ShardIterator { made_ms: fresh.made_ms - LIFETIME_MS - 1, ..fresh };
        let expired = ShardIterator::decode(&old.encode());
        assert!(matches!(expired, Err(KinesisError::ExpiredIterator { .. })));
    }

    /// kinesalite's `test/helpers.js`, `assertShardIterator`; the API reference allows 512 characters.
    #[test]
    fn an_iterator_has_the_length_of_those_of_kinesis() {
        for name in ["c".to_owned(), "changes".to_owned(), "n".repeat(128)] {
            let text = ShardIterator::new(&name, u32::MAX, SequenceNumber(i64::MAX)).encode();
            let bytes = STANDARD.decode(&text).unwrap();
            assert_eq!((bytes.len() - 152) % 16, 0);
            assert!(text.len() <= 512, "{}", text.len());
        }
    }
}
