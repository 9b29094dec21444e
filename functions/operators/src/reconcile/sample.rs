//! A random sample of streams.

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

/// The streams behind a random place of the event table, and how far they are. Commits that were accepted after
/// `settled` may not be in the views yet.
///
/// The place is the id of a stream of `category`, which need not exist: a table keeps its partitions by a digest of
/// their keys, so any key leads anywhere. If nothing comes behind the place, the table's beginning is taken.
pub(crate) async fn streams(
    events: &impl EventReader,
    category: Category,
    settled: Timestamp,
) -> Result<BTreeMap<StreamId, Sampled>, StoreError> {
    let whole = Segment { index: 0, total: 1 };
    let first = StreamVersion::NONE.next();
    let stream = StreamId::new(category, Uuid::from_u128(fastrand::u128(..)));
    let anywhere = ScanCursor { stream, first, last: first };
    let mut page = events.load_all(whole, Some(&anywhere), COMMITS).await?;
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
