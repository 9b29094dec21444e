//! The history of one aggregate, folded from its commits.

use crate::{
    Commit, Decider, DecodeError, JsonError, KeyTag, Metadata, RecentKeys, SeenKey, Snapshot, SnapshotCheck,
    StreamId, StreamVersion,
};

/// A stream that this code cannot fold. No decision is made, because it would be based on an incomplete history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// One event of the stream cannot be decoded.
    #[error("version {version} of {stream} cannot be read")]
    Undecodable {
        /// The stream.
        stream: StreamId,
        /// The event's version.
        version: StreamVersion,
        /// Why the event cannot be decoded.
        source: DecodeError,
    },
    /// A commit does not start at the version after the previous commit.
    #[error("{stream} continues at version {found}, but the next version is {expected}")]
    Gap {
        /// The stream.
        stream: StreamId,
        /// The version after the previous commit.
        expected: StreamVersion,
        /// The first version of the commit that was found.
        found: StreamVersion,
    },
}

/// The state of an aggregate at a version, and the idempotency keys of at least the last 24 hours before that version.
pub struct History<D: Decider> {
    state: D::State,
    version: StreamVersion,
    keys: Vec<SeenKey>,
    since_snapshot: u16,
}

impl<D: Decider> Clone for History<D> {
    fn clone(&self) -> Self {
        let Self { state, version, keys, since_snapshot } = self;
        Self { state: state.clone(), version: *version, keys: keys.clone(), since_snapshot: *since_snapshot }
    }
}

impl<D: Decider> Default for History<D> {
    fn default() -> Self {
        Self { state: D::State::default(), version: StreamVersion::NONE, keys: Vec::new(), since_snapshot: 0 }
    }
}

impl<D: Decider> History<D> {
    /// Folds `commits`, oldest first, in the order that [`EventReader::load`](crate::EventReader::load) returns.
    ///
    /// # Errors
    /// [`HistoryError`]. Its variants name the causes.
    pub fn from_commits(commits: &[Commit]) -> Result<Self, HistoryError> {
        let Some((oldest, later)) = commits.split_first() else { return Ok(Self::default()) };
        let start = match Self::at_snapshot(oldest) {
            Some(start) => start,
            None => Self::default().then(oldest)?,
        };
        later.iter().try_fold(start, Self::then)
    }

    /// This history followed by `commit`.
    ///
    /// # Errors
    /// [`HistoryError`]. Its variants name the causes.
    pub fn then(mut self, commit: &Commit) -> Result<Self, HistoryError> {
        let stream = &commit.stream;
        if commit.first != self.version.next() {
            let expected = self.version.next();
            return Err(HistoryError::Gap { stream: stream.clone(), expected, found: commit.first });
        }
        for (version, recorded) in commit.recorded::<D::Event>() {
            let recorded = recorded.map_err(|source| HistoryError::Undecodable {
                stream: stream.clone(),
                version,
                source,
            })?;
            self.state = D::evolve(self.state, &recorded.event);
        }
        self.version = commit.last();
        self.keys.push(commit.seen_key());
        // A snapshot that this code cannot use does not delay the next one.
        self.since_snapshot =
            if state_in_snapshot::<D>(commit).is_some() { 0 } else { self.since_snapshot.saturating_add(1) };
        Ok(self)
    }

    /// The aggregate's state.
    pub const fn state(&self) -> &D::State {
        &self.state
    }

    /// The version of the last event in the history.
    #[must_use]
    pub const fn version(&self) -> StreamVersion {
        self.version
    }

    /// The versions after the commits that may have the caller and the idempotency key of `metadata`, newest first. The
    /// commits themselves say whether they have them, because two keys can have the same tag.
    pub fn seen(&self, metadata: &Metadata) -> impl Iterator<Item = StreamVersion> {
        let tag = KeyTag::from_metadata(metadata);
        self.keys.iter().rev().filter(move |seen| seen.tag == tag).map(|seen| seen.version)
    }

    /// Whether the next commit must have a snapshot, because a load would otherwise need more than one page.
    #[must_use]
    pub fn is_snapshot_overdue(&self) -> bool {
        self.since_snapshot.saturating_add(1) >= D::SNAPSHOT.page().get()
    }

    /// The snapshot to store with `commit`, if one is due. `commit` must follow this history.
    #[must_use]
    pub fn snapshot_after(&self, commit: &Commit) -> Option<Snapshot> {
        if self.since_snapshot.saturating_add(1) < D::SNAPSHOT.every.get() {
            return None;
        }
        let after = self.clone().then(commit).ok()?;
        let state = serde_json::to_value(&after.state).ok()?;
        let keys = RecentKeys::for_snapshot_at(commit.metadata.occurred_at, &after.keys);
        Some(Snapshot { schema: D::SNAPSHOT.schema, state, keys })
    }

    fn at_snapshot(commit: &Commit) -> Option<Self> {
        let (state, keys) = state_in_snapshot::<D>(commit)?;
        Some(Self { state, version: commit.last(), keys: keys.as_slice().to_vec(), since_snapshot: 0 })
    }
}

impl SnapshotCheck {
    /// Checks whether `snapshot` has the state of `D`.
    #[must_use]
    pub fn of<D: Decider>(snapshot: &Snapshot) -> Self {
        match state::<D>(snapshot) {
            Some(Ok(_)) => Self::Usable,
            Some(Err(error)) => Self::Undecodable(error),
            None => Self::OtherSchema,
        }
    }
}

/// The state of `D` in `snapshot`; `None` if the snapshot has another schema.
fn state<D: Decider>(snapshot: &Snapshot) -> Option<Result<D::State, JsonError>> {
    let is_readable = snapshot.schema == D::SNAPSHOT.schema;
    let read = || serde_json::from_value(snapshot.state.clone());
    is_readable.then(|| read().map_err(|error: serde_json::Error| error.into()))
}

/// The state and the keys in the snapshot of `commit`, if it has a snapshot that `D` can use.
fn state_in_snapshot<D: Decider>(commit: &Commit) -> Option<(D::State, &RecentKeys)> {
    let snapshot = commit.snapshot.as_ref()?;
    Some((state::<D>(snapshot)?.ok()?, &snapshot.keys))
}
