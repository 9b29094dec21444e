//! The ports of an event store: reading streams, and appending to one.

use std::future::Future;
use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::{Commit, StreamId, StreamVersion};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A store that could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It refuses work above its capacity; trying later helps.
    #[error("the event store is throttled")]
    Throttled(#[source] Source),
    /// It could not be reached, or failed; whether a write took place is not known.
    #[error("the event store is unavailable")]
    Unavailable(#[source] Source),
    /// It holds an item that is no commit.
    #[error("{stream} holds an item that is no commit: {reason}")]
    Corrupt {
        /// The stream, as far as it can be read.
        stream: String,
        /// What is wrong with the item.
        reason: String,
    },
}

/// A failure of a store, as far as a caller can act on it.
pub trait StoreFailure: std::error::Error + Send + Sync + 'static {
    /// Whether the store refuses work above its capacity, so that trying later helps.
    fn throttled(&self) -> bool;
}

impl StoreFailure for StoreError {
    fn throttled(&self) -> bool {
        match self {
            Self::Throttled(_) => true,
            Self::Unavailable(_) | Self::Corrupt { .. } => false,
        }
    }
}

/// An append that did not take place.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another commit is where this one was to go.
    #[error("another commit took version {}", .winner.first)]
    Conflict {
        /// The commit that is there.
        winner: Box<Commit>,
    },
    /// The commit is larger than the store takes; no request was made.
    #[error("the commit has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The commit's size.
        bytes: usize,
        /// The most a store takes.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How an append that did not fail ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Appended {
    /// The commit was written.
    New,
    /// A commit under the same idempotency key is already there: this very write, repeated after its answer was
    /// lost, or an earlier request of the same caller.
    AlreadyThere(Box<Commit>),
}

/// What to load of a stream.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// The stream.
    pub stream: &'a StreamId,
    /// The version to stop at; the newest where `None`. A commit that reaches beyond it is left out.
    pub upto: Option<StreamVersion>,
    /// The snapshot schema the caller can use.
    pub schema: u32,
    /// How many commits to ask for at first, newest first; where they do not reach back far enough, a store may ask
    /// for more at a time.
    pub page: NonZeroU16,
}

/// One part of a scan that several readers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Which part, from 0 on.
    pub index: u32,
    /// How many parts there are.
    pub total: u32,
}

/// Where a scan of one segment goes on: behind this commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanCursor {
    /// The stream of the last commit that was read.
    pub stream: StreamId,
    /// That commit's first version.
    pub first: StreamVersion,
    /// That commit's last version.
    pub last: StreamVersion,
}

/// One page of a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanPage {
    /// Commits; those of one stream in order, here and from page to page.
    pub commits: Vec<Commit>,
    /// Where to go on; `None` at the end of the segment.
    pub next: Option<ScanCursor>,
}

/// Reads streams. A projection holds this port alone, so it cannot append.
pub trait EventReader: Send + Sync {
    /// The latest commits of a stream, oldest first: back to the newest snapshot of the wanted schema at or before
    /// `upto`, that commit included, or else to version 1. Empty where there is no such stream.
    ///
    /// It sees every append that was acknowledged before.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load(&self, load: Load<'_>) -> impl Future<Output = Result<Vec<Commit>, StoreError>> + Send;

    /// Up to `limit` commits whose first version is above `after`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> impl Future<Output = Result<Vec<Commit>, StoreError>> + Send;

    /// The page of `segment` behind `from`, or its first page. All segments together hold every commit of every
    /// stream, and one stream is in one segment.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load_all(
        &self,
        segment: Segment,
        from: Option<&ScanCursor>,
        page: NonZeroU16,
    ) -> impl Future<Output = Result<ScanPage, StoreError>> + Send;
}

/// Appends to streams.
pub trait EventAppender: Send + Sync {
    /// Writes `commit` where its first version says, if nothing is there.
    ///
    /// # Errors
    /// [`AppendError`], case by case.
    fn append(&self, commit: &Commit) -> impl Future<Output = Result<Appended, AppendError>> + Send;
}
