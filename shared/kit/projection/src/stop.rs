//! Why the projection of a stream stopped before its end.

use es_core::{DecodeError, StoreError, StreamVersion, Unwritable, WriteError};

/// Why the projection of a stream stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// What stands in the way is there on every later try too.
    Poison {
        /// The version from which on nothing is projected.
        from: StreamVersion,
        /// What stands in the way.
        cause: Poison,
    },
    /// A later try may go through.
    Failure(Failure),
}

/// What keeps a stream from being projected, now and on a later try.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Poison {
    /// An event cannot be read by this code.
    #[error("the event at version {version} cannot be read: {source}")]
    Unreadable { version: StreamVersion, source: DecodeError },
    /// The event table holds what is no commit.
    #[error("the event table cannot be read: {0}")]
    Corrupt(StoreError),
    /// The event table does not hold what must have been there before the commit that was delivered.
    #[error("the event table has no commit at version {0}")]
    Missing(StreamVersion),
    /// The view's store would never take the change.
    #[error(transparent)]
    Unwritable(Unwritable),
}

/// What kept a stream from being projected this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The view could not be written.
    #[error(transparent)]
    Write(WriteError),
    /// The missing commits could not be read.
    #[error(transparent)]
    Read(StoreError),
    /// The stream has more to catch up with than one batch may take; what was done so far is kept.
    #[error("the stream is too far behind for one batch")]
    TooFarBehind,
    /// The function's time is nearly up.
    #[error("the time for the batch is up")]
    OutOfTime,
}
