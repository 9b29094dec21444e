//! A store whose appends fail as told: before or after the write.

use std::sync::Mutex;
use std::time::Duration;

use es_core::{AppendError, Appended, Commit, EventAppender, EventReader, StoreError};
use testing::{InMemoryEventStore, forward_reads};

/// How an append fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The function dies before the commit is written.
    BeforeWrite,
    /// The function dies after the commit was written.
    AfterWrite,
    /// The store refuses the commit, because it is over its capacity.
    Throttled,
}

pub(crate) struct FaultyStore {
    pub(crate) store: InMemoryEventStore,
    next: Mutex<Option<Fault>>,
}

#[derive(Debug, thiserror::Error)]
#[error("a planted fault")]
struct Planted;

impl FaultyStore {
    /// An empty store whose next append has the fault `next`.
    pub(crate) fn new(next: Fault) -> Self {
        let store = Self::around(InMemoryEventStore::default());
        store.plan(Some(next));
        store
    }

    /// A store around `store` without a fault.
    pub(crate) fn around(store: InMemoryEventStore) -> Self {
        Self { store, next: Mutex::default() }
    }

    /// Plans the fault of the next append; `None` for none.
    pub(crate) fn plan(&self, next: Option<Fault>) {
        *self.next.lock().unwrap() = next;
    }
}

impl EventReader for FaultyStore {
    forward_reads!(store: load, commits_after, load_all);
}

impl EventAppender for FaultyStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let fault = self.next.lock().unwrap().take();
        if matches!(fault, None | Some(Fault::AfterWrite)) {
            let appended = self.store.append(commit).await?;
            if fault.is_none() {
                return Ok(appended);
            }
        }
        Err(match fault {
            Some(Fault::Throttled) => StoreError::Throttled(Box::new(Planted)).into(),
            _ => StoreError::Unavailable(Box::new(Planted)).into(),
        })
    }

    async fn pause(&self, longest: Duration) {
        self.store.pause(longest).await;
    }
}
