//! The pool of a function's instances: it limits their number and assigns requests to them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::job::Job;

/// Time that a request waits for an instance that has responded but not polled again. Such an instance polls within a
/// millisecond (it flushes its telemetry first), and waiting is cheaper than starting another instance.
const HANDOVER: Duration = Duration::from_millis(25);
/// Time that a request waits for such an instance when the limit is reached. The instance has responded, so it does not
/// count as busy, however slow the machine is.
const HANDOVER_AT_LIMIT: Duration = Duration::from_secs(2);

/// The instance for a request.
#[derive(Debug)]
pub(super) enum InstanceSlot {
    /// An idle instance that waits for a job.
    Warm(oneshot::Sender<Job>),
    /// A new instance. It holds the permit while its process lives.
    Cold(OwnedSemaphorePermit),
}

/// The pool of one function.
#[derive(Debug)]
pub(super) struct Pool {
    permits: Arc<Semaphore>,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Idle instances. The most recently used one is taken first, which lets a quiet function shrink to one instance.
    idle: Vec<(Uuid, oneshot::Sender<Job>)>,
    /// Number of instances that have responded and will soon be idle.
    returning: usize,
    /// Number of requests that wait for one of them.
    waiting: usize,
}

impl Pool {
    /// Creates a pool of at most `limit` instances, without starting any.
    pub(super) fn new(limit: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(limit)), state: Mutex::default(), changed: Notify::new() }
    }

    /// Finds a slot for a request; `None` if all instances are busy. `fresh` demands a new instance.
    pub(super) async fn slot(&self, fresh: bool) -> Option<InstanceSlot> {
        let called = Instant::now();
        loop {
            let changed = self.changed.notified();
            let patient = called.elapsed() < HANDOVER;
            if let Some(slot) = self.slot_now(fresh, patient) {
                return Some(slot);
            }
            if patient {
                tokio::time::timeout_at(called + HANDOVER, changed).await.ok();
                self.state().waiting -= 1;
            } else if called.elapsed() < HANDOVER_AT_LIMIT && self.state().returning > 0 {
                tokio::time::timeout_at(called + HANDOVER_AT_LIMIT, changed).await.ok();
            } else {
                return None;
            }
        }
    }

    /// Returns a slot that is available now. Otherwise counts a patient request as waiting.
    fn slot_now(&self, fresh: bool, patient: bool) -> Option<InstanceSlot> {
        let mut state = self.state();
        if !fresh && let Some((_, jobs)) = state.idle.pop() {
            return Some(InstanceSlot::Warm(jobs));
        }
        let expects_one = !fresh && patient && state.returning > state.waiting;
        if !expects_one && let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Some(InstanceSlot::Cold(permit));
        }
        if patient {
            state.waiting += 1;
        }
        None
    }

    /// Counts an instance that has responded and will soon be idle or end.
    pub(super) fn returning(&self) {
        self.state().returning += 1;
    }

    /// Adds a [returning](Self::returning) instance to the idle ones, and returns the receiver for its next job.
    pub(super) fn idle(&self, instance: Uuid) -> oneshot::Receiver<Job> {
        let (sender, jobs) = oneshot::channel();
        let mut state = self.state();
        state.returning -= 1;
        state.idle.push((instance, sender));
        drop(state);
        self.changed.notify_waiters();
        jobs
    }

    /// Informs waiting requests that an instance has ended and its permit is free.
    pub(super) fn ended(&self, was_returning: bool) {
        if was_returning {
            self.state().returning -= 1;
        }
        self.changed.notify_waiters();
    }

    /// Removes an idle instance from the pool. Returns false if a job was already sent to it.
    pub(super) fn withdraw(&self, instance: Uuid) -> bool {
        let mut state = self.state();
        let before = state.idle.len();
        state.idle.retain(|(id, _)| *id != instance);
        state.idle.len() < before
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
