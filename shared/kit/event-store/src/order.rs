//! The order of a scan: whether a stream's commits follow one another, and what to do where they do not.

use std::num::NonZeroU16;

use es_core::{Commit, EventReader, ScanCursor, StoreError, StreamVersion};

use crate::DynamoEventStore;

/// How many commits a request asks for to fill a hole in a scan; they are bounded by its 1 MB anyway.
const CHUNK: NonZeroU16 = NonZeroU16::MAX;

/// Where a commit that a scan found stands to the one before it.
pub(crate) enum Place {
    /// It is the next of its stream.
    Next,
    /// It was given already, with all others of its stream up to this version.
    Passed(StreamVersion),
    /// Others of its stream come between it and this version.
    Behind(StreamVersion),
}

/// The place of `found` behind `previous`, or at the start of a segment.
pub(crate) fn place(previous: Option<&ScanCursor>, found: &Commit) -> Place {
    let last = previous
        .filter(|previous| previous.stream == found.stream)
        .map_or(StreamVersion::NONE, |previous| previous.last);
    if found.first == last.next() {
        Place::Next
    } else if found.first <= last {
        Place::Passed(last)
    } else {
        Place::Behind(last)
    }
}

/// The commits of the stream of `found` above `after`, up to `found` itself.
pub(crate) async fn up_to(
    store: &DynamoEventStore,
    found: &Commit,
    after: StreamVersion,
) -> Result<Vec<Commit>, StoreError> {
    let mut commits: Vec<Commit> = Vec::new();
    let mut reached = after;
    while reached < found.last() {
        let chunk = store.commits_after(&found.stream, reached, CHUNK).await?;
        let known = commits.len();
        commits.extend(chunk.into_iter().filter(|commit| commit.first <= found.first));
        if commits.len() == known {
            break;
        }
        reached = commits.last().map_or(reached, Commit::last);
    }
    Ok(commits)
}
