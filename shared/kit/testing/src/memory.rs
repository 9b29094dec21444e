//! An event store in memory that behaves like the one in `DynamoDB`.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Load, ScanCursor, ScanPage, Segment,
    SnapshotCheck, StoreError, StreamId, StreamVersion,
};

type Commits = BTreeMap<(StreamId, StreamVersion), Commit>;

/// The maximum size of a commit, which is the same as in `DynamoDB`.
const MAX_BYTES: usize = 400 * 1_024;

/// An event store in memory. It holds nothing but commits. Clones share the commits and the counts.
#[derive(Debug, Clone, Default)]
pub struct InMemoryEventStore {
    commits: Arc<Mutex<Commits>>,
    loads: Arc<AtomicUsize>,
    appends: Arc<AtomicUsize>,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl InMemoryEventStore {
    /// The number of loads.
    #[must_use]
    pub fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    /// The number of attempted appends.
    #[must_use]
    pub fn appends(&self) -> usize {
        self.appends.load(Ordering::SeqCst)
    }

    /// The longest time of each requested pause, in order. The store itself does not wait.
    #[must_use]
    pub fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }

    fn commits(&self) -> MutexGuard<'_, Commits> {
        self.commits.lock().unwrap()
    }
}

impl EventReader for InMemoryEventStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let upto = load.upto.unwrap_or(StreamVersion::new(u64::MAX));
        let mut newest_first = Vec::new();
        let commits = self.commits();
        for (_, commit) in commits.range(whole(load.stream)).rev().filter(|(_, commit)| commit.last() <= upto)
        {
            newest_first.push(commit.clone());
            if commit
                .snapshot
                .as_ref()
                .is_some_and(|snapshot| matches!((load.check)(snapshot), SnapshotCheck::Usable))
            {
                break;
            }
        }
        newest_first.reverse();
        Ok(newest_first)
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        let commits = self.commits();
        let later = commits.range(whole(stream)).filter(|(_, commit)| commit.first > after);
        Ok(later.take(usize::from(limit.get())).map(|(_, commit)| commit.clone()).collect())
    }

    async fn load_all(
        &self,
        segment: Segment,
        from: Option<&ScanCursor>,
        page: NonZeroU16,
    ) -> Result<ScanPage, StoreError> {
        let within = |stream: &StreamId| {
            stream.uuid().as_u128() % u128::from(segment.total) == u128::from(segment.index)
        };
        let behind = |commit: &Commit| match from {
            Some(ScanCursor::InStream { stream, first, .. }) => {
                (&commit.stream, &commit.first) > (stream, first)
            }
            Some(ScanCursor::AtKey { key, .. }) => commit.stream.to_string() > key.partition_key,
            None => true,
        };
        let page = usize::from(page.get());
        let commits: Vec<_> = self
            .commits()
            .values()
            .filter(|commit| within(&commit.stream) && behind(commit))
            .take(page)
            .cloned()
            .collect();
        let next = commits.last().filter(|_| commits.len() == page).map(cursor);
        Ok(ScanPage { commits, unreadable: Vec::new(), next })
    }
}

impl EventAppender for InMemoryEventStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        self.appends.fetch_add(1, Ordering::SeqCst);
        acceptable(commit)?;
        let place = (commit.stream.clone(), commit.first);
        let mut commits = self.commits();
        let Some(earlier) = commits.get(&place) else {
            commits.insert(place, commit.clone());
            return Ok(Appended::New);
        };
        let earlier = Box::new(earlier.clone());
        if earlier.metadata.shares_key_with(&commit.metadata) {
            Ok(Appended::AlreadyThere(earlier))
        } else {
            Err(AppendError::Conflict { winner: earlier })
        }
    }

    async fn pause(&self, longest: Duration) {
        self.pauses.lock().unwrap().push(longest);
    }
}

fn whole(stream: &StreamId) -> std::ops::RangeInclusive<(StreamId, StreamVersion)> {
    (stream.clone(), StreamVersion::NONE)..=(stream.clone(), StreamVersion::new(u64::MAX))
}

fn cursor(commit: &Commit) -> ScanCursor {
    ScanCursor::InStream { stream: commit.stream.clone(), first: commit.first, last: commit.last() }
}

/// Refuses the commits that a table refuses. The size is that of the events' and the snapshot's JSON, without the few
/// bytes of the other attributes.
fn acceptable(commit: &Commit) -> Result<(), AppendError> {
    if commit.events.is_empty() || commit.first == StreamVersion::NONE {
        let reason = "a commit has at least one event, and versions start at 1".to_owned();
        return Err(StoreError::Corrupt { stream: commit.stream.to_string(), reason }.into());
    }
    let events = serde_json::to_string(&commit.events).unwrap().len();
    let snapshot = commit.snapshot.as_ref().map_or(0, |kept| serde_json::to_string(kept).unwrap().len());
    let bytes = events + snapshot;
    if bytes > MAX_BYTES { Err(AppendError::TooLarge { bytes, limit: MAX_BYTES }) } else { Ok(()) }
}
