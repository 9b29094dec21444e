//! The obligations of reading every stream.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use es_core::{Commit, EventAppender, EventReader, ScanCursor, Segment, StreamId};

use super::StreamBuilder;

/// The maximum number of pages of a segment in these tests.
const MAX_PAGES: usize = 100;

async fn pasts(store: &impl EventAppender) -> BTreeMap<StreamId, Vec<Commit>> {
    let mut pasts = BTreeMap::new();
    for length in [1, 2, 3, 5, 8, 1, 13, 4, 1, 6] {
        let past = (0..length).fold(StreamBuilder::new(), |past, number| past.then(1 + number % 2));
        past.append_to(store).await;
        pasts.insert(past.stream().clone(), past.commits);
    }
    pasts
}

/// The commits of `segment` after `from`, and the cursor after each page.
async fn scanned(
    store: &impl EventReader,
    segment: Segment,
    from: Option<ScanCursor>,
    page: u16,
) -> (Vec<Commit>, Vec<ScanCursor>) {
    let page = NonZeroU16::new(page).unwrap();
    let (mut commits, mut cursors) = (Vec::new(), Vec::new());
    let mut from = from;
    for _ in 0..MAX_PAGES {
        let found = store.load_all(segment, from.as_ref(), page).await.unwrap();
        assert!(found.commits.len() <= usize::from(page.get()));
        assert_eq!(found.unreadable, [], "an appended commit must be readable");
        commits.extend(found.commits);
        let Some(next) = found.next else { return (commits, cursors) };
        cursors.push(next.clone());
        from = Some(next);
    }
    panic!("the scan must end");
}

/// All segments together return the commits of each stream in order and each commit once. No stream is in two segments.
/// This holds for any number of segments and any page size.
pub async fn a_scan_returns_every_commit_once_in_order<S: EventReader + EventAppender>(store: S) {
    let pasts = pasts(&store).await;
    for (total, page) in [(1, 1), (1, 100), (2, 3), (3, 1), (4, 7), (7, 2)] {
        let mut found: BTreeMap<StreamId, Vec<Commit>> = BTreeMap::new();
        for index in 0..total {
            let (commits, _) = scanned(&store, Segment { index, total }, None, page).await;
            let mut here: BTreeMap<StreamId, Vec<Commit>> = BTreeMap::new();
            for commit in commits {
                here.entry(commit.stream.clone()).or_default().push(commit);
            }
            for (stream, commits) in here {
                assert!(found.insert(stream, commits).is_none(), "a stream must be in one segment only");
            }
        }
        assert_eq!(found, pasts, "{total} segments, {page} a page");
    }
}

/// A scan that continues at a cursor returns exactly the commits after the cursor, up to the end of the segment.
pub async fn a_scan_continues_from_any_cursor<S: EventReader + EventAppender>(store: S) {
    pasts(&store).await;
    for index in 0..2 {
        let segment = Segment { index, total: 2 };
        let (commits, cursors) = scanned(&store, segment, None, 1).await;
        assert!(!commits.is_empty());
        for (cursor, seen) in cursors.into_iter().zip(1..) {
            let last = &commits[seen - 1];
            let (stream, first, last) = (last.stream.clone(), last.first, last.last());
            assert_eq!(cursor, ScanCursor::InStream { stream, first, last });
            assert_eq!(scanned(&store, segment, Some(cursor), 4).await.0, commits[seen..]);
        }
    }
}
