//! Errors of calls on a stream. Each message is the one that Kinesis answers, unless the variant says otherwise.

use stack_base::account::ACCOUNT;
use stack_base::clock::utc_text;
use stack_base::store::SqliteError;

/// Lifetime of an iterator: 5 minutes (Kinesis API reference, `GetShardIterator`).
pub(super) const LIFETIME_MS: i64 = 5 * 60 * 1000;

/// Why a call on a stream failed.
#[derive(Debug, thiserror::Error)]
pub enum KinesisError {
    /// No stream has this name.
    #[error("Stream {0} under account {ACCOUNT} not found.")]
    StreamNotFound(String),
    /// The text is no id of a shard.
    #[error("Could not find shard {shard} in stream {stream} under account {ACCOUNT}.")]
    NoShardId {
        /// The stream.
        stream: String,
        /// The text.
        shard: String,
    },
    /// The stream does not exist or has no such shard.
    #[error("Shard {shard} in stream {stream} under account {ACCOUNT} does not exist")]
    ShardNotFound {
        /// The stream.
        stream: String,
        /// The shard's id.
        shard: String,
    },
    /// The request breaks a rule of the API.
    #[error("{0}")]
    Invalid(String),
    /// A sequence number of the oldest form does not belong to the shard. Kinesis fails without a message then.
    #[error("")]
    OldSequenceNumber,
    /// The stream is on demand, and the operation changes provisioned streams only. The Kinesis API reference has the code
    /// of this error (`UpdateShardCount`, "Errors") and no message, so the message is the stack's own.
    #[error(
        "UpdateShardCount is supported for streams with the capacity mode PROVISIONED only, and stream {0} under account \
         {ACCOUNT} is ON_DEMAND. Change StreamModeDetails in the template, or start the stack with --shards."
    )]
    OnDemand(String),
    /// The request exceeds a limit of the service.
    #[error("{0}")]
    Limit(String),
    /// The shard had its reads of this second.
    #[error("Rate exceeded for shard {shard} in stream {stream} under account {ACCOUNT}.")]
    TooManyReads {
        /// The stream.
        stream: String,
        /// The shard's id.
        shard: String,
    },
    /// The shard iterator is older than five minutes.
    #[error(
        "Iterator expired. The iterator was created at time {} while right now it is {} which is further in the future \
         than the tolerated delay of {LIFETIME_MS} milliseconds.",
        utc_text(*.made_ms),
        utc_text(*.now_ms)
    )]
    ExpiredIterator {
        /// Time of creation, in milliseconds since the epoch.
        made_ms: i64,
        /// Time of the call, in milliseconds since the epoch.
        now_ms: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] SqliteError),
}
