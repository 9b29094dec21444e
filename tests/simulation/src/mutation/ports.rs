//! The ports of the simulated functions: the real adapters with the bugs that are planted at a port.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::order::Order;
use es_core::{
    AppendError, Appended, Applied, Commit, Decider, EventAppender, EventReader, History, IdempotencyKey,
    Load, RecentKeys, ReportResult, ScanCursor, ScanPage, Segment, Snapshot, SnapshotCheck, StoreError,
    StreamChange, StreamId, StreamVersion, Timestamp, ViewWriter, WriteError,
};
use event_store::DynamoEventStore;
use uuid::Uuid;

use crate::Mutation;
use crate::functions::SimulatedCaller;
use crate::world::World;

/// The caller of every operator's command under the bug [`Mutation::KeyOfAnyOperator`].
pub(crate) const ALL_OPERATORS: &str = "operators";

/// The event store.
#[derive(Clone)]
pub(crate) struct MutatedStore {
    world: Arc<World>,
    inner: DynamoEventStore,
    /// For each segment, the position after the last page that was read; `None` at the segment's end. The bug
    /// [`Mutation::ResumedPastCheckpoint`] continues at this position.
    read: Arc<Mutex<BTreeMap<u32, Option<ScanCursor>>>>,
    /// The caller of the command that uses the store.
    caller: Option<SimulatedCaller>,
    /// How many versions the command has read after its pauses and not folded in, under the bug
    /// [`Mutation::PauseNotFolded`].
    unfolded: Arc<Mutex<u64>>,
    /// The event that causes the commits. The bugs that give an event another id leave the cause of a commit.
    cause: Option<Uuid>,
}

impl MutatedStore {
    pub(crate) fn new(world: &Arc<World>, inner: DynamoEventStore) -> Self {
        let (read, unfolded) = (Arc::default(), Arc::default());
        Self { world: Arc::clone(world), inner, read, caller: None, unfolded, cause: None }
    }

    /// The same store, used by a reaction to the event `cause`.
    pub(crate) fn caused_by(&self, cause: Uuid) -> Self {
        Self { cause: Some(cause), ..self.clone() }
    }

    /// The same store, used by a command of `caller`.
    pub(crate) fn used_by(&self, caller: &SimulatedCaller) -> Self {
        Self { caller: Some(caller.clone()), unfolded: Arc::default(), ..self.clone() }
    }

    /// Removes idempotency keys from loaded `commits` or changes their callers, if the planted bug does so.
    fn with_wrong_keys(&self, commits: Vec<Commit>) -> Vec<Commit> {
        let forgotten = || IdempotencyKey::try_from("forgotten".to_owned()).unwrap();
        let mut commits = commits;
        for commit in &mut commits {
            if self.world.has(Mutation::KeysForgotten) {
                commit.metadata.key = forgotten();
            }
            if self.world.has(Mutation::KeysForgotten) || self.world.has(Mutation::SnapshotKeysForgotten) {
                commit.snapshot.iter_mut().for_each(|snapshot| snapshot.keys = RecentKeys::default());
            }
            if let Some(snapshot) = &mut commit.snapshot {
                let keys = snapshot.keys.as_slice();
                if self.world.has(Mutation::SnapshotKeysLimited) {
                    snapshot.keys = keys.iter().skip(keys.len().saturating_sub(64)).copied().collect();
                } else if self.world.has(Mutation::SnapshotKeysShortLived) {
                    let later = commit.metadata.occurred_at.micros() + 20 * 3_600_000_000;
                    snapshot.keys = RecentKeys::for_snapshot_at(Timestamp::from_micros(later).unwrap(), keys);
                }
            }
            self.share_key(commit);
        }
        commits
    }

    /// Lets the operators share their idempotency keys, if the planted bug does so.
    fn share_key(&self, commit: &mut Commit) {
        if self.world.has(Mutation::KeyOfAnyOperator) && commit.metadata.actor.starts_with("operator") {
            ALL_OPERATORS.clone_into(&mut commit.metadata.actor);
        }
    }

    /// `commit`, with a snapshot if one is due for an order. The production code takes a snapshot of an order so seldom
    /// that no order of a run would have one. If the earlier commits cannot be read, the commit gets no snapshot.
    async fn with_snapshot(&self, commit: &Commit) -> Commit {
        let is_due = |every: u64| commit.last().get().is_multiple_of(every);
        let mut commit = commit.clone();
        if *commit.stream.category() != Order::CATEGORY || !self.world.order_snapshots.is_some_and(is_due) {
            return commit;
        }
        let (stream, upto) = (&commit.stream, Some(commit.first.previous()));
        let whole = Load { stream, upto, check: |_| SnapshotCheck::OtherSchema, page: Order::SNAPSHOT.every };
        let Ok(mut commits) = self.inner.load(whole).await else { return commit };
        commits.push(commit.clone());
        let keys: Vec<_> = commits.iter().map(Commit::seen_key).collect();
        if let Ok(history) = History::<Order>::from_commits(&commits) {
            let keys = RecentKeys::for_snapshot_at(commit.metadata.occurred_at, &keys);
            let state = serde_json::to_value(history.state()).unwrap();
            commit.snapshot = Some(Snapshot { schema: Order::SNAPSHOT.schema, state, keys });
        }
        commit
    }

    /// Appends `commit` with its true caller, although the operators share their idempotency keys.
    async fn append_with_shared_key(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let mut own = commit.clone();
        if let Some(caller) = &self.caller {
            own.metadata.actor.clone_from(&caller.subject);
        }
        match self.inner.append(&own).await {
            Ok(Appended::AlreadyThere(mut earlier)) => {
                self.share_key(&mut earlier);
                Ok(Appended::AlreadyThere(earlier))
            }
            Err(AppendError::Conflict { mut winner }) => {
                self.share_key(&mut winner);
                let is_own = winner.metadata.shares_key_with(&commit.metadata);
                if is_own {
                    Ok(Appended::AlreadyThere(winner))
                } else {
                    Err(AppendError::Conflict { winner })
                }
            }
            appended => appended,
        }
    }
}

impl EventReader for MutatedStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        Ok(self.with_wrong_keys(self.inner.load(load).await?))
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        let commits = self.inner.commits_after(stream, after, limit).await?;
        if self.caller.is_some() && self.world.has(Mutation::PauseNotFolded) {
            *self.unfolded.lock().unwrap() = commits.iter().map(|commit| commit.events.len() as u64).sum();
            return Ok(Vec::new());
        }
        Ok(commits)
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
            return Ok(ScanPage::default());
        }
        let from = read.flatten().or_else(|| from.cloned());
        let page = self.inner.load_all(segment, from.as_ref(), page).await?;
        self.read.lock().unwrap().insert(segment.index, page.next.clone());
        Ok(page)
    }
}

impl EventAppender for MutatedStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let mut commit = self.with_snapshot(commit).await;
        if let Some(cause) = self.cause {
            commit.metadata.causation_id = cause.to_string();
        }
        let commit = &commit;
        if self.world.has(Mutation::VersionSkipped) && commit.first > StreamVersion::NONE.next() {
            let first = commit.first.next();
            return self.inner.append(&Commit { first, ..commit.clone() }).await;
        }
        if self.world.has(Mutation::PauseNotFolded) {
            let first = commit.first.plus(*self.unfolded.lock().unwrap());
            return self.inner.append(&Commit { first, ..commit.clone() }).await;
        }
        if self.world.has(Mutation::KeyOfAnyOperator) {
            return self.append_with_shared_key(commit).await;
        }
        self.inner.append(commit).await
    }

    async fn pause(&self, longest: Duration) {
        self.inner.pause(longest).await;
    }
}

/// A writer of views.
#[derive(Clone)]
pub(crate) struct MutatedViews<W> {
    pub(crate) world: Arc<World>,
    pub(crate) inner: W,
    /// The planted bug that writes a view despite a gap.
    pub(crate) over_gaps: Mutation,
}

impl<C: Sync, W: ViewWriter<C>> ViewWriter<C> for MutatedViews<W> {
    const MAX_TOGETHER: usize = W::MAX_TOGETHER;

    async fn apply(
        &self,
        stream: &StreamId,
        change: &C,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        match self.inner.apply(stream, change, after, to).await? {
            Applied::Behind { checkpoint } if self.world.has(self.over_gaps) => {
                self.inner.apply(stream, change, checkpoint, to).await
            }
            applied => Ok(applied),
        }
    }

    async fn apply_all(&self, changes: &[StreamChange<'_, C>], report: &ReportResult<'_>) {
        let leaves_gaps = self.world.has(self.over_gaps);
        let report_others = |index, result| match result {
            // Without a result, the change comes to `apply`, which writes over the gap.
            Ok(Applied::Behind { .. }) if leaves_gaps => {}
            result => report(index, result),
        };
        self.inner.apply_all(changes, &report_others).await;
    }
}
