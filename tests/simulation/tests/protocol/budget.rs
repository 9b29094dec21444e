//! How much may go wrong on one path: bounds keep everything that can happen finite.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use simulation::exploration::Path;

/// Some faults, shared by all tasks of a path.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<AtomicUsize>);

impl Budget {
    pub(crate) fn of(faults: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(faults)))
    }

    pub(crate) fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// One of `of` courses, of which all but the first are faults; the first where none is left to happen.
    pub(crate) fn choose(&self, path: &Path, of: usize) -> usize {
        if self.left() == 0 {
            return 0;
        }
        let chosen = path.choose(of);
        self.0.fetch_sub(usize::from(chosen > 0), Ordering::Relaxed);
        chosen
    }
}

/// `work`, which may die at any of its steps; `None` where it did.
pub(crate) async fn mortal<T>(path: &Path, budget: &Budget, work: impl Future<Output = T>) -> Option<T> {
    let mut work = Box::pin(work);
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if budget.choose(path, 2) == 1 => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}
