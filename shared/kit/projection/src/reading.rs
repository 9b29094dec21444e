//! Reads the commits of a stream up to an item that is not a commit.

use std::num::NonZeroU16;

use es_core::{Commit, EventReader, StoreError, StreamId, StreamVersion};

/// Up to `page` commits of `stream` whose first version is greater than `after`, oldest first, and only those before a
/// corrupt item.
///
/// A read fails as a whole if one of its items is corrupt. The read is then repeated for half as many commits, until it
/// has only commits before the corrupt item. `page` stays so small, because the next read comes closer to the item.
///
/// # Errors
/// [`StoreError`]. [`StoreError::Corrupt`] if the next item after `after` is corrupt.
pub async fn commits_before_corrupt(
    events: &impl EventReader,
    stream: &StreamId,
    after: StreamVersion,
    page: &mut NonZeroU16,
) -> Result<Vec<Commit>, StoreError> {
    loop {
        let found = events.commits_after(stream, after, *page).await;
        match (found, NonZeroU16::new(page.get() / 2)) {
            (Err(StoreError::Corrupt { .. }), Some(half)) => *page = half,
            (found, _) => return found,
        }
    }
}
