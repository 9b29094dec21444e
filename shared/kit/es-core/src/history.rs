//! The history of one aggregate, folded from its commits.

use serde::Deserialize;

use crate::keys::UntaggedKey;
use crate::{
    Commit, Decider, DecodeError, JsonError, KeyTag, Metadata, RecentKeys, SeenKey, Snapshot, SnapshotCheck,
    StreamId, StreamVersion, decode,
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
    /// The keys that the snapshot remembers.
    snapshot_keys: Vec<SeenKey>,
    /// The keys of the commits after the snapshot.
    later_keys: Vec<UntaggedKey>,
    since_snapshot: u16,
}

impl<D: Decider> Clone for History<D> {
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            version: self.version,
            snapshot_keys: self.snapshot_keys.clone(),
            later_keys: self.later_keys.clone(),
            since_snapshot: self.since_snapshot,
        }
    }
}

impl<D: Decider> Default for History<D> {
    fn default() -> Self {
        Self {
            state: D::State::default(),
            version: StreamVersion::NONE,
            snapshot_keys: Vec::new(),
            later_keys: Vec::new(),
            since_snapshot: 0,
        }
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
    pub fn then(self, commit: &Commit) -> Result<Self, HistoryError> {
        let mut history = self.before(commit)?;
        for (stored, before) in commit.events.iter().zip(0..) {
            let event = decode(stored).map_err(|source| HistoryError::Undecodable {
                stream: commit.stream.clone(),
                version: commit.first.plus(before),
                source,
            })?;
            history.state = D::evolve(history.state, &event);
        }
        Ok(history.after(commit))
    }

    /// This history followed by `commit`, whose decoded events are `events`. The writer of a commit has its events
    /// already and need not decode them.
    ///
    /// # Errors
    /// [`HistoryError::Gap`].
    pub fn then_events(self, commit: &Commit, events: &[D::Event]) -> Result<Self, HistoryError> {
        let mut history = self.before(commit)?;
        history.state = events.iter().fold(history.state, D::evolve);
        Ok(history.after(commit))
    }

    /// This history, if `commit` follows it.
    fn before(self, commit: &Commit) -> Result<Self, HistoryError> {
        let (stream, expected, found) = (&commit.stream, self.version.next(), commit.first);
        if found == expected {
            Ok(self)
        } else {
            Err(HistoryError::Gap { stream: stream.clone(), expected, found })
        }
    }

    /// This history, whose state includes the events of `commit`, with the version and the key of `commit`.
    fn after(mut self, commit: &Commit) -> Self {
        self.version = commit.last();
        self.later_keys.push(UntaggedKey::new(&commit.metadata, commit.last()));
        // A snapshot that this code cannot use does not delay the next one.
        self.since_snapshot =
            if state_in_snapshot::<D>(commit).is_some() { 0 } else { self.since_snapshot.saturating_add(1) };
        self
    }

    /// The aggregate's state.
    pub const fn state(&self) -> &D::State {
        &self.state
    }

    /// The aggregate's state, without the rest of the history.
    #[must_use]
    pub fn into_state(self) -> D::State {
        self.state
    }

    /// The version of the last event in the history.
    #[must_use]
    pub const fn version(&self) -> StreamVersion {
        self.version
    }

    /// The versions after the commits that may have the caller and the idempotency key of `metadata`, newest first. The
    /// commits themselves say whether they have them, because two keys can have the same tag.
    pub fn seen<'a>(&'a self, metadata: &'a Metadata) -> impl Iterator<Item = StreamVersion> + 'a {
        let later = self.later_keys.iter().rev().filter(|key| key.is_of(metadata)).map(|key| key.version);
        let tag = (!self.snapshot_keys.is_empty()).then(|| KeyTag::from_metadata(metadata));
        let in_snapshot = self.snapshot_keys.iter().rev().filter(move |seen| Some(seen.tag) == tag);
        later.chain(in_snapshot.map(|seen| seen.version))
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
        let later = after.later_keys.iter().map(UntaggedKey::tagged);
        let keys: Vec<_> = after.snapshot_keys.iter().copied().chain(later).collect();
        let keys = RecentKeys::for_snapshot_at(commit.metadata.occurred_at, &keys);
        Some(Snapshot { schema: D::SNAPSHOT.schema, state, keys })
    }

    fn at_snapshot(commit: &Commit) -> Option<Self> {
        let (state, keys) = state_in_snapshot::<D>(commit)?;
        let snapshot_keys = keys.as_slice().to_vec();
        Some(Self { state, version: commit.last(), snapshot_keys, later_keys: Vec::new(), since_snapshot: 0 })
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
    let read = || D::State::deserialize(&snapshot.state);
    is_readable.then(|| read().map_err(JsonError::from))
}

/// The state and the keys in the snapshot of `commit`, if it has a snapshot that `D` can use.
fn state_in_snapshot<D: Decider>(commit: &Commit) -> Option<(D::State, &RecentKeys)> {
    let snapshot = commit.snapshot.as_ref()?;
    Some((state::<D>(snapshot)?.ok()?, &snapshot.keys))
}
