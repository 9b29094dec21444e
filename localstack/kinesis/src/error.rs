//! Errors of calls on a stream.

use stack_base::store::SqliteError;

/// Why a call on a stream failed.
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
        /// The requested shard id.
        shard: String,
    },
    /// The request breaks a rule of the API.
    #[error("{0}")]
    Invalid(String),
    /// The request exceeds a limit of the service.
    #[error("{0}")]
    Limit(String),
    /// The shard had its reads of this second.
    #[error("Rate exceeded for shard {shard} in stream {stream} under account 000000000000.")]
    TooManyReads {
        /// The stream.
        stream: String,
        /// The shard's id.
        shard: String,
    },
    /// The shard iterator is older than five minutes.
    #[error("Iterator expired. The iterator was created more than 5 minutes ago.")]
    ExpiredIterator,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] SqliteError),
}
