//! What can go wrong with a stream.

use stack_base::store::StoreError;

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
    /// A request that breaks a rule of the API.
    #[error("{0}")]
    Invalid(String),
    /// More than the service allows.
    #[error("{0}")]
    Limit(String),
    /// A shard iterator that is older than five minutes.
    #[error("Iterator expired. The iterator was created more than 5 minutes ago.")]
    ExpiredIterator,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
