//! Views: their checkpoints, and the port that writes a change if the view is at the version where the change starts.

use std::cmp::Ordering;
use std::future::Future;

use crate::{StreamId, StreamVersion};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A view that stores its checkpoint.
pub trait Versioned {
    /// The view's checkpoint: the version of the last event that the view includes.
    fn version(&self) -> StreamVersion;
}

/// The result of a write that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The change was written to the view.
    Written,
    /// Nothing was written, because the view lacks events before the change.
    Behind {
        /// The view's checkpoint; version 0 if there is no view.
        checkpoint: StreamVersion,
    },
    /// Nothing was written, because the view already includes the first event of the change.
    Ahead {
        /// The view's checkpoint.
        checkpoint: StreamVersion,
    },
    /// Nothing was written, because the view was made from another event table. Versions of another table say nothing
    /// about the change: the same version may hold another event there.
    OtherTimeline,
}

impl Applied {
    /// The refusal of a change that starts at `after`, if the view is at `checkpoint`. `None` if the change starts at
    /// the checkpoint and may be written.
    #[must_use]
    pub fn refused(checkpoint: StreamVersion, after: StreamVersion) -> Option<Self> {
        match checkpoint.cmp(&after) {
            Ordering::Less => Some(Self::Behind { checkpoint }),
            Ordering::Equal => None,
            Ordering::Greater => Some(Self::Ahead { checkpoint }),
        }
    }
}

/// The change of one stream's view, among the changes of several streams.
#[derive(Debug)]
pub struct StreamChange<'a, C> {
    /// The stream.
    pub stream: &'a StreamId,
    /// The change.
    pub change: &'a C,
    /// The version at which the change starts.
    pub after: StreamVersion,
    /// The version after the change.
    pub to: StreamVersion,
}

impl<C> Clone for StreamChange<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for StreamChange<'_, C> {}

/// Receives the result of a change of [`ViewWriter::apply_all`], with the index of the change.
pub type ReportResult<'a> = dyn Fn(usize, Result<Applied, WriteError>) + Send + Sync + 'a;

/// Writes views. A projection only gets this port, so it cannot read views.
pub trait ViewWriter<C>: Send + Sync {
    /// The most changes that [`apply_all`](Self::apply_all) takes. With the default 1, the caller applies each change on
    /// its own.
    const MAX_TOGETHER: usize = 1;

    /// Writes `change` to the view of `stream` and moves the view's checkpoint from `after` to `to`, if the checkpoint
    /// is at `after`.
    ///
    /// A refused write returns the view's checkpoint, so the caller does not have to read it. A repeated write is
    /// refused as [`Applied::Ahead`].
    ///
    /// # Errors
    /// [`WriteError`]. Its variants name the causes.
    fn apply(
        &self,
        stream: &StreamId,
        change: &C,
        after: StreamVersion,
        to: StreamVersion,
    ) -> impl Future<Output = Result<Applied, WriteError>> + Send;

    /// Writes the changes of several streams with fewer requests than one [`apply`](Self::apply) for each. The streams
    /// are distinct, and there are at most [`MAX_TOGETHER`](Self::MAX_TOGETHER).
    ///
    /// Each change has a result of its own, with the meaning of the result of [`apply`](Self::apply). The writer reports
    /// a result as soon as it is known, because the caller may stop waiting. It may leave changes without a result. The
    /// caller then applies these changes on their own, which is safe even if they were written. The default leaves all
    /// of them.
    fn apply_all(
        &self,
        changes: &[StreamChange<'_, C>],
        report: &ReportResult<'_>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (changes, report);
        async {}
    }
}

/// Why a change was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The store is over its capacity. Retry later.
    #[error("the write is throttled")]
    Throttled(#[source] Source),
    /// The store could not be reached, or it failed. The change may or may not have been written. A retry is safe,
    /// because the write's condition prevents a second application.
    #[error("the write failed")]
    Unavailable(#[source] Source),
    /// The change can never be written, and was not written.
    #[error("the change cannot be written: {0}")]
    Unwritable(#[from] Unwritable),
}

/// Why the store can never accept a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// An attribute is too large.
    #[error("{attribute} has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The attribute; `the change` if all attributes together are too large.
        attribute: &'static str,
        /// The size of the attribute.
        bytes: usize,
        /// The maximum size.
        limit: usize,
    },
    /// The store cannot represent a value, such as a map whose keys are not strings.
    #[error("{attribute} has a value that the store cannot represent")]
    NotStorable {
        /// The attribute.
        attribute: &'static str,
    },
    /// The store can never accept the request, for example because the whole item would be too large.
    #[error("the store cannot accept the change: {reason}")]
    Invalid {
        /// The store's explanation.
        reason: String,
    },
}
