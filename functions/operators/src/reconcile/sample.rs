//! Streams by chance.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use es_core::{Category, EventReader, ScanCursor, Segment, StoreError, StreamId, StreamVersion, Timestamp};
use uuid::Uuid;

/// How many commits are read from one place: some streams of the common length.
const COMMITS: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

/// A stream as far as the sample has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sampled {
    /// The version after its last commit that its views should have by now.
    pub(crate) settled: StreamVersion,
    /// The version after its last commit.
    pub(crate) last: StreamVersion,
}

/// The streams behind a place of the event table that is taken by chance, and how far they are. What was accepted after
/// `settled` may not be in the views yet.
///
/// The place is a stream's id, which need not exist: a table keeps its partitions by a digest of their keys, so that any
/// key leads anywhere. Where nothing comes behind it, the table's beginning is taken.
pub(crate) async fn streams(
    events: &impl EventReader,
    settled: Timestamp,
) -> Result<BTreeMap<StreamId, Sampled>, StoreError> {
    let whole = Segment { index: 0, total: 1 };
    let mut page = events.load_all(whole, Some(&anywhere()), COMMITS).await?;
    if page.commits.is_empty() {
        page = events.load_all(whole, None, COMMITS).await?;
    }
    let mut streams: BTreeMap<StreamId, Sampled> = BTreeMap::new();
    for commit in page.commits {
        let sampled = streams.entry(commit.stream.clone()).or_default();
        sampled.last = commit.last();
        if commit.metadata.occurred_at <= settled {
            sampled.settled = commit.last();
        }
    }
    Ok(streams)
}

fn anywhere() -> ScanCursor {
    let uuid = Uuid::from_u128(fastrand::u128(..));
    let first = StreamVersion::NONE.next();
    ScanCursor { stream: StreamId::new(Category::new("order"), uuid), first, last: first }
}
