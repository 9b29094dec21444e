//! Views: how far each is, and the port that writes a change where the view is where the change begins.

use std::future::Future;

use crate::{StreamId, StreamVersion};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A view that says how far its stream is in it.
pub trait Versioned {
    /// The version of the last event that is in it.
    fn version(&self) -> StreamVersion;
}

/// How the write of a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The change is in the view.
    Written,
    /// Nothing was written: the view lacks events before the change.
    Behind {
        /// Where the view is; version 0 where there is no view.
        checkpoint: StreamVersion,
    },
    /// Nothing was written: the view has at least the first event of the change.
    Ahead {
        /// Where the view is.
        checkpoint: StreamVersion,
    },
}

/// Writes views. A projection holds this port, so that it cannot read the views.
pub trait ViewWriter<C>: Send + Sync {
    /// Writes `change` to the view of `stream` and moves its checkpoint from `after` to `to`, if that is where it is.
    ///
    /// A refusal tells where the view is, so that nobody has to read it first. The same write made twice is refused the
    /// second time as [`Applied::Ahead`], unless it may be made as often as one likes.
    ///
    /// # Errors
    /// [`WriteError`], case by case.
    fn apply(
        &self,
        stream: &StreamId,
        change: &C,
        after: StreamVersion,
        to: StreamVersion,
    ) -> impl Future<Output = Result<Applied, WriteError>> + Send;
}

/// A change that was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The store refuses work above its capacity; trying later helps.
    #[error("the query table is throttled")]
    Throttled(#[source] Source),
    /// The store could not be reached, or failed; whether the change took place is not known. It may be made again:
    /// its condition keeps it from taking place twice.
    #[error("the query table is unavailable")]
    Unavailable(#[source] Source),
    /// The change can never be written; no request was made.
    #[error("the view cannot be written: {0}")]
    Unwritable(#[from] Unwritable),
}

/// A change that the store can never take, found before it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// An attribute is too large.
    #[error("{attribute} has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The attribute; `the change` where all of them together are too large.
        attribute: &'static str,
        /// Its size.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
    /// The store has no form for a value, such as a map whose keys are no texts.
    #[error("{attribute} has a value that the store has no form for")]
    NotStorable {
        /// The attribute.
        attribute: &'static str,
    },
}
