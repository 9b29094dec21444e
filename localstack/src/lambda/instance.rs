//! The life of one instance: start, initialise, answer requests one after the other, stand idle, end.
//!
//! One supervisor task owns the process and takes every event that concerns it, so nothing is shared and every wait
//! has a deadline.

mod waits;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::calls::Call;
use super::function::Function;
use super::job::Job;
use super::payload::Outcome;
use super::process::Process;
use super::report;
use super::runtime_api::RuntimeApi;
use super::session::Session;

/// Why an instance ends.
enum End {
    /// It failed while it had this to do.
    Failed(Outcome),
    /// Nothing is wrong with it: it is no longer wanted, or ended between two invocations.
    Quiet,
}

/// The supervisor of one instance.
struct Instance {
    /// Its name in the pool.
    id: Uuid,
    function: Arc<Function>,
    process: Process,
    calls: mpsc::Receiver<Call>,
    session: Session,
    stop: watch::Receiver<bool>,
    /// The pool counts on this instance to be idle soon.
    returning: bool,
    started: Instant,
    /// Dropped with the instance.
    _runtime_api: RuntimeApi,
}

/// Starts an instance for `first` and supervises it to its end.
pub(super) async fn run(
    function: Arc<Function>,
    stop: watch::Receiver<bool>,
    permit: OwnedSemaphorePermit,
    first: Job,
) {
    match Instance::start(Arc::clone(&function), stop).await {
        Ok(instance) => {
            let (was_returning, failed) = instance.live(first).await;
            drop(permit);
            function.pool.ended(was_returning);
            // Only now, so that who hears of the failure and calls again finds the place free.
            if let Some((job, outcome, log_tail)) = failed {
                job.complete(outcome, log_tail);
            }
        }
        Err(error) => {
            drop(permit);
            function.pool.ended(false);
            let reason = format!("fork/exec {}: {error}", function.spec.binary.display());
            first.complete(Outcome::NotStarted(reason), Vec::new());
        }
    }
}

impl Instance {
    async fn start(function: Arc<Function>, stop: watch::Receiver<bool>) -> io::Result<Self> {
        let started = Instant::now();
        let (runtime_api, calls) = RuntimeApi::open().await?;
        let session = function.session();
        let process = function.start_process(&runtime_api, &session).await?;
        Ok(Self {
            id: Uuid::new_v4(),
            function,
            process,
            calls,
            session,
            stop,
            returning: false,
            started,
            _runtime_api: runtime_api,
        })
    }

    /// Lives until the end of the process. Gives the request it failed on, if it did.
    async fn live(mut self, first: Job) -> (bool, Option<(Job, Outcome, Vec<u8>)>) {
        let name = self.function.spec.name.clone();
        let mut job = Some(first);
        let end = self.serve(&mut job).await;
        let Self { process, returning, .. } = self;
        match (end, job) {
            (End::Failed(outcome), Some(job)) => {
                let log_tail = process.kill().await;
                tracing::warn!(function = name, ?outcome, "instance ended");
                (returning, Some((job, outcome, log_tail)))
            }
            (_, unanswered) => {
                process.stop().await;
                drop(unanswered);
                (returning, None)
            }
        }
    }

    /// Initialises, then answers one request after the other. The request under way is in `job`.
    async fn serve(&mut self, job: &mut Option<Job>) -> End {
        let mut poll = match self.initialise().await {
            Ok(poll) => poll,
            Err(end) => return end,
        };
        let mut init = Some(self.started.elapsed());
        loop {
            let Some(current) = job.as_ref() else { return End::Quiet };
            let deadline = Instant::now() + self.function.spec.timeout;
            let outcome = match self.answer(poll, current, deadline).await {
                Ok(outcome) => outcome,
                Err(end) => return end,
            };
            self.function.pool.returning();
            self.returning = true;
            if let Some(answered) = job.take() {
                self.reply(answered, outcome, deadline, init.take()).await;
            }
            let Some(next) = self.next_poll(deadline).await else { return End::Quiet };
            let Some((next, request)) = self.idle(next).await else { return End::Quiet };
            self.process.logs.clear();
            poll = next;
            *job = Some(request);
        }
    }

    async fn reply(&mut self, job: Job, outcome: Outcome, deadline: Instant, init: Option<Duration>) {
        let spec = &self.function.spec;
        let taken = spec.timeout.saturating_sub(deadline.saturating_duration_since(Instant::now()));
        let lines = report::end(&job.request.id, taken, spec.memory_mb, init);
        if job.request.wants_log {
            self.process.logs.flush().await;
        }
        for line in &lines {
            self.process.logs.note(line);
        }
        job.complete(outcome, self.process.logs.tail());
    }
}
