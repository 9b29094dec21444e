//! An event store in memory that holds commits as the event table does: their events and snapshots are JSON texts.

use std::collections::HashMap;
use std::num::NonZeroU16;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Load, Metadata, ScanCursor, ScanPage, Segment,
    SnapshotCheck, StoreError, StreamId, StreamVersion,
};

/// A commit in the form of its item.
struct Item {
    first: StreamVersion,
    events: String,
    metadata: Metadata,
    snapshot: Option<String>,
}

/// The streams, each with its commits, oldest first.
#[derive(Default)]
pub(crate) struct TextStore(Mutex<HashMap<StreamId, Vec<Item>>>);

/// The texts of an item that this store has written itself.
fn corrupt(stream: &StreamId, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt { stream: stream.to_string(), reason: error.to_string() }
}

impl Item {
    fn commit(&self, stream: &StreamId) -> Result<Commit, StoreError> {
        Ok(Commit {
            stream: stream.clone(),
            first: self.first,
            events: serde_json::from_str(&self.events).map_err(|error| corrupt(stream, &error))?,
            metadata: self.metadata.clone(),
            snapshot: self.snapshot.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        })
    }
}

impl EventReader for TextStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        let streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut newest_first = Vec::new();
        for item in streams.get(load.stream).into_iter().flatten().rev() {
            let commit = item.commit(load.stream)?;
            let usable = commit.snapshot.as_ref().map(load.check);
            newest_first.push(commit);
            if matches!(usable, Some(SnapshotCheck::Usable)) {
                break;
            }
        }
        newest_first.reverse();
        Ok(newest_first)
    }

    async fn commits_after(
        &self,
        _: &StreamId,
        _: StreamVersion,
        _: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        Ok(Vec::new())
    }

    async fn load_all(
        &self,
        _: Segment,
        _: Option<&ScanCursor>,
        _: NonZeroU16,
    ) -> Result<ScanPage, StoreError> {
        Ok(ScanPage::default())
    }
}

impl EventAppender for TextStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let text = |error| corrupt(&commit.stream, &error);
        let snapshot = commit.snapshot.as_ref().map(serde_json::to_string).transpose().map_err(text)?;
        let item = Item {
            first: commit.first,
            events: serde_json::to_string(&commit.events).map_err(text)?,
            metadata: commit.metadata.clone(),
            snapshot,
        };
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        streams.entry(commit.stream.clone()).or_default().push(item);
        Ok(Appended::New)
    }

    /// Nothing to wait for: no other writer appends.
    async fn pause(&self, _: Duration) {}
}
