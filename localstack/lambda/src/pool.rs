//! The instances of one function: which stand idle, how many there may be, and who gets the next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::job::Job;

/// How long a request waits for an instance that has answered but not yet asked for more. It does so within a
/// millisecond (it flushes its telemetry), which is cheaper than another instance.
const HANDOVER: Duration = Duration::from_millis(25);
/// How long it waits for such an instance at the limit, where there is no other: its answer has been given, so it is
/// not busy, however slow this machine is at the moment.
const HANDOVER_AT_LIMIT: Duration = Duration::from_secs(2);

/// Where a request goes.
#[derive(Debug)]
pub(super) enum Place {
    /// To an instance that waits for it.
    Warm(oneshot::Sender<Job>),
    /// To a new instance, which holds the permit for as long as its process lives.
    Cold(OwnedSemaphorePermit),
}

/// The pool.
#[derive(Debug)]
pub(super) struct Pool {
    permits: Arc<Semaphore>,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The one used last is used first, so that a quiet function shrinks to one instance.
    idle: Vec<(Uuid, oneshot::Sender<Job>)>,
    /// Instances that have answered and will soon be idle.
    returning: usize,
    /// Requests that wait for one of them.
    waiting: usize,
}

impl Pool {
    /// A pool of at most `limit` instances, none of them started.
    pub(super) fn new(limit: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(limit)), state: Mutex::default(), changed: Notify::new() }
    }

    /// A place for a request, or none if all instances are busy. `fresh` asks for a new instance.
    pub(super) async fn place(&self, fresh: bool) -> Option<Place> {
        let called = Instant::now();
        loop {
            let changed = self.changed.notified();
            let patient = called.elapsed() < HANDOVER;
            if let Some(place) = self.place_now(fresh, patient) {
                return Some(place);
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

    /// A place there is now; otherwise counts a patient request among those that wait.
    fn place_now(&self, fresh: bool, patient: bool) -> Option<Place> {
        let mut state = self.state();
        if !fresh && let Some((_, jobs)) = state.idle.pop() {
            return Some(Place::Warm(jobs));
        }
        let expects_one = !fresh && patient && state.returning > state.waiting;
        if !expects_one && let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Some(Place::Cold(permit));
        }
        if patient {
            state.waiting += 1;
        }
        None
    }

    /// Notes that an instance has answered and will be idle soon, or end.
    pub(super) fn returning(&self) {
        self.state().returning += 1;
    }

    /// An instance that was [returning](Self::returning) is idle; gives where its next request arrives.
    pub(super) fn idle(&self, instance: Uuid) -> oneshot::Receiver<Job> {
        let (sender, jobs) = oneshot::channel();
        let mut state = self.state();
        state.returning -= 1;
        state.idle.push((instance, sender));
        drop(state);
        self.changed.notify_waiters();
        jobs
    }

    /// An instance has ended, and its permit is free.
    pub(super) fn ended(&self, was_returning: bool) {
        if was_returning {
            self.state().returning -= 1;
        }
        self.changed.notify_waiters();
    }

    /// Takes an idle instance out of the pool. False if a request is already on its way to it.
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
