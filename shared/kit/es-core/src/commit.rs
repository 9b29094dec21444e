//! Commits: all events of one command, stored as one item.

use crate::codec::{DecodeError, DomainEvent, decode};
use crate::{Metadata, Recorded, SeenKey, Snapshot, StoredEvent, StreamId, StreamVersion};

/// All events of one command, appended whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// The stream it belongs to.
    pub stream: StreamId,
    /// The version of its first event.
    pub first: StreamVersion,
    /// Its events, at least one.
    pub events: Vec<StoredEvent>,
    /// Who, when and why.
    pub metadata: Metadata,
    /// The aggregate's state after it, on every Kth commit.
    pub snapshot: Option<Snapshot>,
}

impl Commit {
    /// The version of its last event: the stream's version after it.
    #[must_use]
    pub fn last(&self) -> StreamVersion {
        self.first.previous().plus(self.events.len() as u64)
    }

    /// The idempotency key it was made under.
    #[must_use]
    pub fn seen_key(&self) -> SeenKey {
        let Metadata { key, request_hash, .. } = &self.metadata;
        SeenKey { key: key.clone(), request_hash: request_hash.clone(), version: self.last() }
    }

    /// Its events in order, each decoded or not, with their versions.
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
