//! What can go wrong with a stream.

use super::sequence::InvalidSequenceNumber;
use crate::store::StoreError;

/// A call on a stream that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum KinesisError {
    /// No stream has this name.
    #[error("Stream {0} under account 000000000000 not found.")]
    StreamNotFound(String),
    /// The stream has no such shard.
    #[error("Could not find shard {shard} in stream {stream} under account 000000000000.")]
    ShardNotFound {
        /// The stream.
        stream: String,
        /// The shard id that was asked for.
        shard: String,
    },
    /// The stored stream has another number of shards.
    #[error(
        "stream {stream} was stored with {stored} shards, not {asked}: use --shards {stored} or another --data directory"
    )]
    ShardCount {
        /// The stream.
        stream: String,
        /// Shards in the store.
        stored: u32,
        /// Shards asked for.
        asked: u32,
    },
    /// A sequence number that was never given out.
    #[error(transparent)]
    Sequence(#[from] InvalidSequenceNumber),
    /// A request that breaks a rule of the API.
    #[error("{0}")]
    Invalid(String),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}
