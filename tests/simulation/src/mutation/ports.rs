//! The ports of the simulated functions: the real adapters with the bugs that are planted at a port.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};

use es_core::{
    AppendError, Appended, Applied, Commit, EventAppender, EventReader, IdempotencyKey, Load, ScanCursor,
    ScanPage, Segment, StoreError, StreamId, StreamVersion, ViewWriter, WriteError,
};
use event_store::DynamoEventStore;

use crate::Mutation;
use crate::world::World;

/// The event store.
#[derive(Clone)]
pub(crate) struct Store {
    world: Arc<World>,
    inner: DynamoEventStore,
    /// For each segment, the position after the last page that was read; `None` at the segment's end. The bug
    /// [`Mutation::ResumedPastCheckpoint`] continues at this position.
    read: Arc<Mutex<BTreeMap<u32, Option<ScanCursor>>>>,
}

impl Store {
    pub(crate) fn new(world: &Arc<World>, inner: DynamoEventStore) -> Self {
        Self { world: Arc::clone(world), inner, read: Arc::default() }
    }

    /// Removes idempotency keys from loaded `commits`, if the planted bug does so.
    fn with_forgotten_keys(&self, commits: Vec<Commit>) -> Vec<Commit> {
        let forgotten = || IdempotencyKey::try_from("forgotten".to_owned()).unwrap();
        let mut commits = commits;
        for commit in &mut commits {
            if self.world.has(Mutation::KeysForgotten) {
                commit.metadata.key = forgotten();
            }
            if self.world.has(Mutation::KeysForgotten) || self.world.has(Mutation::SnapshotKeysForgotten) {
                commit.snapshot.iter_mut().for_each(|snapshot| snapshot.keys.clear());
            }
        }
        commits
    }
}

impl EventReader for Store {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        Ok(self.with_forgotten_keys(self.inner.load(load).await?))
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        self.inner.commits_after(stream, after, limit).await
    }

    async fn load_all(
        &self,
        segment: Segment,
        from: Option<&ScanCursor>,
        page: NonZeroU16,
    ) -> Result<ScanPage, StoreError> {
        let is_skipped = self.world.has(Mutation::SegmentSkipped) && segment.index == 0;
        let goes_by_reads = self.world.has(Mutation::ResumedPastCheckpoint);
        let read = self.read.lock().unwrap().get(&segment.index).cloned().filter(|_| goes_by_reads);
        if is_skipped || read == Some(None) {
            return Ok(ScanPage { commits: Vec::new(), next: None });
        }
        let from = read.flatten().or_else(|| from.cloned());
        let page = self.inner.load_all(segment, from.as_ref(), page).await?;
        self.read.lock().unwrap().insert(segment.index, page.next.clone());
        Ok(page)
    }
}

impl EventAppender for Store {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        if self.world.has(Mutation::VersionSkipped) && commit.first > StreamVersion::NONE.next() {
            let first = commit.first.next();
            return self.inner.append(&Commit { first, ..commit.clone() }).await;
        }
        self.inner.append(commit).await
    }
}

/// A writer of views.
#[derive(Clone)]
pub(crate) struct Views<W> {
    pub(crate) world: Arc<World>,
    pub(crate) inner: W,
}

impl<C: Sync, W: ViewWriter<C>> ViewWriter<C> for Views<W> {
    async fn apply(
        &self,
        stream: &StreamId,
        change: &C,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        match self.inner.apply(stream, change, after, to).await? {
            Applied::Behind { checkpoint } if self.world.has(Mutation::GapWrittenOver) => {
                self.inner.apply(stream, change, checkpoint, to).await
            }
            applied => Ok(applied),
        }
    }
}
