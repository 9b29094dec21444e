//! A store in which other writers append first, a given number of times.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use es_core::{AppendError, Appended, Commit, EventAppender, EventReader, encode};
use testing::{InMemoryEventStore, forward_reads};

use crate::counter::{add, added};

pub(crate) struct Rivals {
    pub(crate) store: InMemoryEventStore,
    waiting: AtomicU32,
    /// How many events each commit of another writer has.
    events: usize,
    /// How many commits other writers append during the first pause, and the start of their keys.
    in_pause: Mutex<Option<(u64, &'static str)>>,
    /// The latest commit of another writer.
    newest: Mutex<Option<Commit>>,
}

impl Rivals {
    /// A store in which each of the next `waiting` appends finds that another writer has already added 100.
    pub(crate) fn new(waiting: u32) -> Self {
        Self::around(InMemoryEventStore::default(), waiting)
    }

    /// The same with the commits in `store`.
    pub(crate) fn around(store: InMemoryEventStore, waiting: u32) -> Self {
        let waiting = AtomicU32::new(waiting);
        Self { store, waiting, events: 1, in_pause: Mutex::default(), newest: Mutex::default() }
    }

    /// The same store, in which each commit of another writer adds 100 `events` times.
    pub(crate) fn with_events(self, events: usize) -> Self {
        Self { events, ..self }
    }

    /// The same store, in which other writers also append `commits` commits during the first pause. Their keys are
    /// `<key>-<number>`.
    pub(crate) fn and_during_a_pause(self, commits: u64, key: &'static str) -> Self {
        Self { in_pause: Mutex::new(Some((commits, key))), ..self }
    }

    async fn rival(&self, late: &Commit) {
        let waiting =
            self.waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let Ok(left) = waiting else { return };
        self.add(late.clone(), &format!("rival-{left}")).await;
    }

    /// Adds 100 with each event of a commit under `key` at the version of `place`.
    async fn add(&self, place: Commit, key: &str) {
        let numbers = vec![100; self.events];
        let metadata = add(&place.stream, key, &numbers).metadata;
        let events = numbers.into_iter().map(|by| encode(&added(by)).unwrap()).collect();
        let commit = Commit { events, metadata, snapshot: None, ..place };
        assert_eq!(self.store.append(&commit).await.unwrap(), Appended::New);
        *self.newest.lock().unwrap() = Some(commit);
    }
}

impl EventAppender for Rivals {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        self.rival(commit).await;
        self.store.append(commit).await
    }

    async fn pause(&self, longest: Duration) {
        self.store.pause(longest).await;
        let Some((commits, key)) = self.in_pause.lock().unwrap().take() else { return };
        for number in 0..commits {
            let mut place = self.newest.lock().unwrap().clone().unwrap();
            place.first = place.last().next();
            self.add(place, &format!("{key}-{number}")).await;
        }
    }
}

impl EventReader for Rivals {
    forward_reads!(store: load, commits_after, load_all);
}
