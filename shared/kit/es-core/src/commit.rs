//! Commits. A commit holds all events of one command and is stored as one item.

use crate::codec::{DecodeError, DomainEvent, decode};
use crate::{Metadata, Recorded, SeenKey, Snapshot, StoredEvent, StreamId, StreamVersion};

/// All events of one command. A store appends all of them or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// The stream that the commit belongs to.
    pub stream: StreamId,
    /// The version of the commit's first event.
    pub first: StreamVersion,
    /// The commit's events, at least one.
    pub events: Vec<StoredEvent>,
    /// Who made the commit, when and why.
    pub metadata: Metadata,
    /// The aggregate's state after the commit. About every Kth commit has one; K is
    /// [`SnapshotPolicy::every`](crate::SnapshotPolicy).
    pub snapshot: Option<Snapshot>,
}

impl Commit {
    /// The version of the commit's last event, which is the stream's version after the commit.
    #[must_use]
    pub fn last(&self) -> StreamVersion {
        self.first.previous().plus(self.events.len() as u64)
    }

    /// The idempotency key of the commit, as a history and its snapshots remember it.
    #[must_use]
    pub fn seen_key(&self) -> SeenKey {
        SeenKey::new(&self.metadata, self.last())
    }

    /// The commit's events in order with their versions. Each event is decoded on its own, because one event may fail.
    pub fn recorded<E: DomainEvent>(
        &self,
    ) -> impl Iterator<Item = (StreamVersion, Result<Recorded<E>, DecodeError>)> {
        self.events.iter().zip(0..).map(|(stored, before)| {
            let version = self.first.plus(before);
            let recorded = decode(stored).map(|event| Recorded {
                stream: self.stream.clone(),
                version,
                metadata: self.metadata.clone(),
                event,
            });
            (version, recorded)
        })
    }
}
