//! The ports behind a simulated network. Each call is a separate step. It may get lost, lose its response, or arrive
//! after its caller has given up.

use std::num::NonZeroU16;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use es_core::{
    AppendError, Appended, Applied, Commit, EventAppender, EventReader, Load, StoreError, StreamId,
    StreamVersion, ViewWriter, WriteError,
};
use futures::FutureExt;
use simulation::exploration::Path;
use testing::{InMemoryEventStore, forward_reads};

/// The most attempts of a request. The SDK's client makes more attempts in the same way.
const TRIES: usize = 2;

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// The writer's own commit is treated as the commit of another writer.
    KeyNotRecognised,
    /// The keys of the commits that are read after a pause are not recognised.
    KeyNotRecognisedAfterPause,
    /// A commit overwrites an existing one.
    Unconditional,
    /// A view is written despite a gap.
    GapWrittenOver,
    /// A view is written without a check of its checkpoint.
    AnyVersionWritten,
}

/// The event store behind a network.
#[derive(Debug, Clone)]
pub(crate) struct RemoteStore {
    pub(crate) path: Path,
    pub(crate) budget: Budget,
    pub(crate) commits: InMemoryEventStore,
    pub(crate) overwritten: Arc<Mutex<bool>>,
    pub(crate) bug: Option<Bug>,
}

/// A view behind a network.
#[derive(Debug, Clone)]
pub(crate) struct RemoteView {
    pub(crate) path: Path,
    pub(crate) budget: Budget,
    /// The version and the content.
    pub(crate) kept: Arc<Mutex<(u64, u64)>>,
    pub(crate) bug: Option<Bug>,
}

/// Sends a request with the effect `effect`. The request may get lost, arrive late, or lose its response. `None` if no
/// response arrives.
async fn carried<T: 'static>(
    path: &Path,
    budget: &Budget,
    effect: impl Fn() -> T + Clone + Send + 'static,
) -> Option<T> {
    for _ in 0..TRIES {
        path.step().await;
        match budget.choose(path, 4) {
            // The request and its response arrive.
            0 => return Some(effect()),
            // The request gets lost.
            1 => {}
            // The response gets lost.
            2 => drop(effect()),
            // The request arrives after its caller has given up.
            _ => {
                let (late, effect) = (path.clone(), effect.clone());
                path.spawn(async move {
                    late.step().await;
                    effect();
                });
            }
        }
    }
    None
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("no response arrived".into())
}

impl EventReader for RemoteStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        self.path.step().await;
        self.path.record_answer(self.commits.load(load).await)
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        self.path.step().await;
        let mut commits = self.commits.commits_after(stream, after, limit).await;
        if self.bug == Some(Bug::KeyNotRecognisedAfterPause) {
            let all = commits.iter_mut().flatten();
            all.for_each(|commit| commit.metadata.actor = "nobody".to_owned());
        }
        self.path.record_answer(commits)
    }

    forward_reads!(commits: load_all);
}

impl EventAppender for RemoteStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let (store, commit) = (self.clone(), commit.clone());
        let appended = carried(&self.path, &self.budget, move || store.put(&commit)).await;
        self.path.record_answer(appended.unwrap_or_else(|| Err(unavailable().into())))
    }

    /// Does not wait: the exploration tries every order of the steps before and after the pause anyway.
    async fn pause(&self, longest: Duration) {
        self.commits.pause(longest).await;
    }
}

impl RemoteStore {
    fn put(&self, commit: &Commit) -> Result<Appended, AppendError> {
        // The in-memory store never waits.
        match self.commits.append(commit).now_or_never().unwrap() {
            Ok(Appended::AlreadyThere(winner)) if self.bug == Some(Bug::KeyNotRecognised) => {
                Err(AppendError::Conflict { winner })
            }
            Ok(Appended::AlreadyThere(_)) | Err(AppendError::Conflict { .. })
                if self.bug == Some(Bug::Unconditional) =>
            {
                *self.overwritten.lock().unwrap() = true;
                Ok(Appended::New)
            }
            appended => appended,
        }
    }
}

impl ViewWriter<u64> for RemoteView {
    async fn apply(
        &self,
        _: &StreamId,
        change: &u64,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let (view, change) = (self.clone(), *change);
        let put = move || view.put(change, after.get(), to.get());
        let applied = carried(&self.path, &self.budget, put).await;
        self.path.record_answer(applied.ok_or_else(|| WriteError::Unavailable(unavailable().into())))
    }
}

impl RemoteView {
    /// One conditional update.
    fn put(&self, change: u64, after: u64, to: u64) -> Applied {
        let mut view = self.kept.lock().unwrap();
        let checkpoint = StreamVersion::new(view.0);
        match self.bug {
            Some(Bug::GapWrittenOver) if view.0 < after => {}
            Some(Bug::AnyVersionWritten) => {}
            _ if view.0 < after => return Applied::Behind { checkpoint },
            _ if view.0 > after => return Applied::Ahead { checkpoint },
            _ => {}
        }
        *view = (to, view.1 + change);
        Applied::Written
    }
}

/// The remaining faults, shared by all tasks of a path.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<AtomicUsize>);

impl Budget {
    pub(crate) fn with_faults(faults: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(faults)))
    }

    pub(crate) fn remaining(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Chooses one of `of` courses. All courses except the first are faults. If no fault is left, returns the first.
    pub(crate) fn choose(&self, path: &Path, of: usize) -> usize {
        if self.remaining() == 0 {
            return 0;
        }
        let chosen = path.choose(of);
        self.0.fetch_sub(usize::from(chosen > 0), Ordering::Relaxed);
        chosen
    }
}

/// Runs `work`, which may die at any of its steps. `None` if it died.
pub(crate) async fn run_or_die<T>(path: &Path, budget: &Budget, work: impl Future<Output = T>) -> Option<T> {
    let mut work = Box::pin(work);
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if budget.choose(path, 2) == 1 => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}
