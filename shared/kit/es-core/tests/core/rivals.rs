//! A store in which other writers append first, a given number of times.

use std::sync::atomic::{AtomicU32, Ordering};

use es_core::{AppendError, Appended, Commit, EventAppender, EventReader, encode};
use testing::{InMemoryEventStore, forward_reads};

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
    forward_reads!(store: load, commits_after, load_all);
}
