//! A store with the latency of a network, in simulated time. Its random numbers come from a seed.

use std::num::NonZeroU16;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Load, StoreError, StreamId, StreamVersion,
};
use fastrand::Rng;
use testing::{InMemoryEventStore, forward_reads};
use tokio::time::sleep;

/// The shortest time that a request or its response takes.
const LATENCY: Duration = Duration::from_millis(1);

/// How much longer a request or its response can take.
const VARIATION: Duration = Duration::from_millis(3);

pub(crate) struct DistantStore {
    pub(crate) store: InMemoryEventStore,
    random: Mutex<Rng>,
    requests: AtomicUsize,
}

impl DistantStore {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            store: InMemoryEventStore::default(),
            random: Mutex::new(Rng::with_seed(seed)),
            requests: AtomicUsize::new(0),
        }
    }

    /// The number of requests.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Calls the store between the way of the request and the way of the response.
    async fn call<T>(&self, call: impl Future<Output = T>) -> T {
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.travel().await;
        let answer = call.await;
        self.travel().await;
        answer
    }

    async fn travel(&self) {
        let part = self.random.lock().unwrap().f64();
        sleep(LATENCY + VARIATION.mul_f64(part)).await;
    }
}

impl EventAppender for DistantStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        self.call(self.store.append(commit)).await
    }

    async fn pause(&self, longest: Duration) {
        let part = self.random.lock().unwrap().f64();
        self.store.pause(longest).await;
        sleep(longest.mul_f64(part)).await;
    }
}

impl EventReader for DistantStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        self.call(self.store.load(load)).await
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        self.call(self.store.commits_after(stream, after, limit)).await
    }

    forward_reads!(store: load_all);
}
