//! An event store that counts concurrent calls.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Load, ScanCursor, ScanPage, Segment,
    StoreError, StreamId, StreamVersion,
};
use tokio::task::yield_now;

/// How often a call yields to other tasks, so that all calls that can run concurrently have started.
const PATIENCE: usize = 8;

/// Delays each call to another store by a few yields. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct GaugedEventStore<S> {
    inner: S,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl<S> GaugedEventStore<S> {
    /// The maximum number of concurrent calls.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    async fn late<T>(&self, call: impl Future<Output = T>) -> T {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        for _ in 0..PATIENCE {
            yield_now().await;
        }
        let result = call.await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

impl<S: EventReader> EventReader for GaugedEventStore<S> {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        self.late(self.inner.load(load)).await
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        self.late(self.inner.commits_after(stream, after, limit)).await
    }

    async fn load_all(
        &self,
        segment: Segment,
        from: Option<&ScanCursor>,
        page: NonZeroU16,
    ) -> Result<ScanPage, StoreError> {
        self.late(self.inner.load_all(segment, from, page)).await
    }
}

impl<S: EventAppender> EventAppender for GaugedEventStore<S> {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        self.late(self.inner.append(commit)).await
    }

    async fn pause(&self, longest: Duration) {
        self.inner.pause(longest).await;
    }
}
