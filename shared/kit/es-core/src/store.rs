//! The ports of an event store: reading streams, and appending to one.

use std::fmt;
use std::future::Future;
use std::num::NonZeroU16;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Commit, Snapshot, SnapshotCheck, StreamId, StreamVersion};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a read or a write of the event store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store is over its capacity. Retry later.
    #[error("the event store is throttled")]
    Throttled(#[source] Source),
    /// The store could not be reached, or it failed. A write may or may not have taken place.
    #[error("the event store is unavailable")]
    Unavailable(#[source] Source),
    /// The store holds an item that is not a commit.
    #[error("{stream} holds an item that is not a commit: {reason}")]
    Corrupt {
        /// The stream's key, as far as it can be read.
        stream: String,
        /// Why the item is not a commit.
        reason: String,
    },
}

/// An error of a store, reduced to what a caller can act on.
pub trait StoreFailure: std::error::Error + Send + Sync + 'static {
    /// Whether the store is over its capacity, which means that a later retry can succeed.
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

/// Why an append did not take place.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another writer has appended a commit at this version.
    #[error("another commit already has version {}", .winner.first)]
    Conflict {
        /// The commit of the other writer.
        winner: Box<Commit>,
    },
    /// The commit is larger than the store accepts. No request was sent.
    #[error("the commit has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The size of the commit.
        bytes: usize,
        /// The largest commit that the store accepts.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result of an append that did not fail.
#[derive(Debug, Clone, PartialEq)]
pub enum Appended {
    /// The commit was written.
    New,
    /// A commit with the same caller and the same idempotency key is already stored. Either the response to this same
    /// write was lost and the write was repeated, or an earlier request of the caller used the key.
    AlreadyThere(Box<Commit>),
}

/// Which commits of a stream to load.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// The stream.
    pub stream: &'a StreamId,
    /// The last version to load, or `None` for all. A commit that ends after this version is left out.
    pub upto: Option<StreamVersion>,
    /// Checks whether the caller can use a snapshot.
    pub check: fn(&Snapshot) -> SnapshotCheck,
    /// How many commits to read first, starting with the newest. If these do not include a snapshot or version 1, the
    /// store may read larger pages next.
    pub page: NonZeroU16,
}

/// One part of a scan that is divided among several readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The number of this segment, starting at 0.
    pub index: u32,
    /// How many segments the scan has.
    pub total: u32,
}

/// The key of a stored item in the form in which the store holds it. The item need not be a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawKey {
    /// The partition key. In a commit, it is the stream's id.
    pub partition_key: String,
    /// The sort key. In a commit, it is the first version.
    pub sort_key: String,
}

impl RawKey {
    /// The stream and the version that the key names; `None` if no commit can have the key.
    #[must_use]
    pub fn position(&self) -> Option<(StreamId, StreamVersion)> {
        let version = self.sort_key.parse().ok().filter(|version| (1..u64::MAX).contains(version))?;
        Some((self.partition_key.parse().ok()?, StreamVersion::new(version)))
    }
}

impl fmt::Display for RawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at version {}", self.partition_key, self.sort_key)
    }
}

/// The position of a scan in one segment. The scan continues after this item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ScanCursor {
    /// After an item of a stream.
    InStream {
        /// The stream.
        stream: StreamId,
        /// The item's first version.
        first: StreamVersion,
        /// The last version of the stream that the scan has passed.
        last: StreamVersion,
    },
    /// After an item whose key no commit can have.
    AtKey {
        /// The item's key.
        #[serde(flatten)]
        key: RawKey,
        /// The last version that the scan has passed of the stream in the item's partition; 0 if none.
        #[serde(default)]
        last: StreamVersion,
    },
}

/// A stored item that is not a commit. Either its content is damaged, or it was not written by an append.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is not a commit: {reason}")]
pub struct UnreadableItem {
    /// The item's key.
    pub key: RawKey,
    /// Why the item is not a commit.
    pub reason: String,
}

/// One page of a scan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScanPage {
    /// The commits of the page. Commits of one stream are in order, within a page and across pages.
    pub commits: Vec<Commit>,
    /// The items of the page that are not commits. They do not stop the scan.
    pub unreadable: Vec<UnreadableItem>,
    /// The cursor of the next page; `None` at the end of the segment.
    pub next: Option<ScanCursor>,
}

/// Reads streams. A projection only gets this port, so it cannot append.
pub trait EventReader: Send + Sync {
    /// Loads the latest commits of a stream, oldest first. The result starts with the commit that carries the newest
    /// snapshot that the caller can use at or before `upto`, or with version 1 if there is no such snapshot. Other
    /// snapshots are ignored. The result is empty if the stream does not exist.
    ///
    /// The read is consistent: it includes every append that was acknowledged before.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load(&self, load: Load<'_>) -> impl Future<Output = Result<Vec<Commit>, StoreError>> + Send;

    /// Up to `limit` commits whose first version is greater than `after`, oldest first. The read is consistent.
    ///
    /// # Errors
    /// [`StoreError`].
    fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> impl Future<Output = Result<Vec<Commit>, StoreError>> + Send;

    /// The page of `segment` after `from`, or the first page of the segment. All segments together hold every commit of
    /// every stream. One stream is in one segment. An item that is not a commit is returned as such and does not stop
    /// the scan.
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
    /// Writes `commit` at its first version, if no commit is stored there. A stored commit of another caller is a
    /// conflict, even if it has the same idempotency key.
    ///
    /// # Errors
    /// [`AppendError`]. Its variants name the causes.
    fn append(&self, commit: &Commit) -> impl Future<Output = Result<Appended, AppendError>> + Send;

    /// Waits before another attempt to append: a random part of `longest`. Writers that conflicted with each other then
    /// do not try again at the same time.
    fn pause(&self, longest: Duration) -> impl Future<Output = ()> + Send;
}
