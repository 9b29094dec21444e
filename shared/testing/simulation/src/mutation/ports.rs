//! The ports as the simulated functions have them: the real adapters, at the time of the simulation, with the bugs that are
//! planted behind a port.

use std::num::NonZeroU16;
use std::sync::Arc;

use es_core::{
    AppendError, Appended, Applied, Commit, EventAppender, EventReader, IdempotencyKey, Load, ScanCursor,
    ScanPage, Segment, StoreError, StreamId, StreamVersion, Timestamp, ViewWriter, WriteError,
};
use event_store::DynamoEventStore;

use crate::Mutation;
use crate::world::World;

/// The event store.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) world: Arc<World>,
    pub(crate) inner: DynamoEventStore,
}

impl Store {
    fn seen(&self, commits: Vec<Commit>) -> Vec<Commit> {
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
        Ok(self.seen(self.inner.load(load).await?))
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
        self.inner.load_all(segment, from, page).await
    }
}

impl EventAppender for Store {
    /// Appends `commit` as of now. The functions read the machine's clock, and nothing else that is not of the seed comes
    /// into a commit they are asked for under a key; so it is set right here, and an own commit that comes back is given
    /// back as it was.
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let mut dated = commit.clone();
        dated.metadata.occurred_at = Timestamp::from_micros(self.world.clock.micros()).unwrap();
        if self.world.has(Mutation::VersionSkipped) && commit.first > StreamVersion::NONE.next() {
            dated.first = commit.first.next();
        }
        match self.inner.append(&dated).await? {
            Appended::AlreadyThere(earlier) if earlier.metadata == dated.metadata => {
                Ok(Appended::AlreadyThere(Box::new(Commit { metadata: commit.metadata.clone(), ..*earlier })))
            }
            appended => Ok(appended),
        }
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
