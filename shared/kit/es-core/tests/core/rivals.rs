//! A store in which other writers append first, a given number of times.

use std::num::NonZeroU16;
use std::sync::atomic::{AtomicU32, Ordering};

use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Load, ScanCursor, ScanPage, Segment,
    StoreError, StreamId, StreamVersion, encode,
};
use testing::InMemoryEventStore;

use crate::counter::{add, added};

pub(crate) struct Rivals {
    pub(crate) store: InMemoryEventStore,
    waiting: AtomicU32,
}

impl Rivals {
    /// A store in which each of the next `waiting` appends finds that another writer has already added 100.
    pub(crate) fn new(waiting: u32) -> Self {
        Self { store: InMemoryEventStore::default(), waiting: AtomicU32::new(waiting) }
    }

    async fn rival(&self, late: &Commit) {
        let waiting =
            self.waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let Ok(left) = waiting else { return };
        let metadata = add(&late.stream, &format!("rival-{left}"), &[100]).metadata;
        let events = vec![encode(&added(100)).unwrap()];
        let first = Commit { events, metadata, snapshot: None, ..late.clone() };
        assert_eq!(self.store.append(&first).await.unwrap(), Appended::New);
    }
}

impl EventAppender for Rivals {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        self.rival(commit).await;
        self.store.append(commit).await
    }
}

impl EventReader for Rivals {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        self.store.load(load).await
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        self.store.commits_after(stream, after, limit).await
    }

    async fn load_all(
        &self,
        segment: Segment,
        from: Option<&ScanCursor>,
        page: NonZeroU16,
    ) -> Result<ScanPage, StoreError> {
        self.store.load_all(segment, from, page).await
    }
}
