//! The life cycle of an instance: start, initialisation, one request after another, idle time, end.
//!
//! One supervisor task owns the process and receives every event of the instance. It shares no state, and every wait
//! has a deadline. The supervisor refuses unexpected calls; other unexpected events end the instance.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::function::Function;
use super::job::Job;
use super::logs;
use super::payload::Outcome;
use super::process::Process;
use super::runtime_api::{Call, CallError, Poll, RuntimeApi};
use super::session::{InstanceFault, Order, Session};

/// Why an instance ends.
enum End {
    /// The instance failed while it handled a request.
    Failed(Outcome),
    /// The instance did not fail: it is no longer needed, or its process ended between two invocations.
    Quiet,
}

/// An event of an instance.
enum Happening {
    Call(Call),
    Exited(String),
    Deadline,
    /// The whole runtime shuts down.
    Stopped,
}

/// The supervisor of one instance.
struct Instance {
    /// Id of the instance in the pool.
    id: Uuid,
    function: Arc<Function>,
    process: Process,
    calls: mpsc::Receiver<Call>,
    session: Session,
    stop: watch::Receiver<bool>,
    /// True while the pool expects this instance to become idle soon.
    returning: bool,
    started: Instant,
    /// Dropped with the instance, which closes the listener.
    _runtime_api: RuntimeApi,
}

/// Starts an instance for the request `first` and supervises it until its end.
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
            // The permit is free before the caller learns of the failure. A caller that retries at once then gets an
            // instance.
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

    /// Runs until the end of the process. Returns the request that failed, if any.
    async fn live(mut self, first: Job) -> (bool, Option<(Job, Outcome, Vec<u8>)>) {
        let name = self.function.spec.name.clone();
        let mut job = Some(first);
        let end = self.serve(&mut job).await;
        let Self { process, returning, .. } = self;
        match (end, job) {
            (End::Failed(outcome), Some(job)) => {
                let log_tail = process.end(Signal::SIGKILL).await;
                tracing::warn!(function = name, ?outcome, "an instance failed and was killed");
                (returning, Some((job, outcome, log_tail)))
            }
            (_, unanswered) => {
                process.end(Signal::SIGTERM).await;
                drop(unanswered);
                (returning, None)
            }
        }
    }

    /// Initialises, then handles one request after another. `job` holds the current request.
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
        let lines = logs::end_lines(&job.request.id, taken, spec.memory_mb, init);
        if job.request.wants_log {
            self.process.logs.flush().await;
        }
        for line in &lines {
            self.process.logs.note(line);
        }
        job.complete(outcome, self.process.logs.tail());
    }

    /// Waits for the first poll, which ends the initialisation.
    async fn initialise(&mut self) -> Result<Poll, End> {
        let limit = self.function.shared.options.init_limit;
        let deadline = Instant::now() + limit;
        loop {
            match self.happening(deadline).await {
                Happening::Call(Call::Next(poll)) => return Ok(poll),
                Happening::Call(Call::InitError { document, acknowledge }) => {
                    acknowledge.send(Ok(())).ok();
                    return Err(End::Failed(Outcome::Error(document)));
                }
                Happening::Call(call) => call.refuse(CallError::InvalidState),
                other => return Err(other.end(limit)),
            }
        }
    }

    /// Delivers a request and waits for the response.
    async fn answer(&mut self, poll: Poll, job: &Job, deadline: Instant) -> Result<Outcome, End> {
        let (request_id, timeout) = (&job.request.id, self.function.spec.timeout);
        self.process.logs.note(&logs::start_line(request_id));
        // If the poll's connection broke, the delivery comes back, and the runtime polls again.
        let mut undelivered = poll.send(Ok(job.delivery(&self.function.spec.arn, timeout))).err();
        loop {
            match self.happening(deadline).await {
                Happening::Call(Call::Next(poll)) => {
                    let delivery = undelivered.take().unwrap_or(Err(CallError::InvalidState));
                    undelivered = poll.send(delivery).err().filter(Result::is_ok);
                }
                Happening::Call(Call::Finish { request_id: id, outcome, acknowledge })
                    if id == *request_id && undelivered.is_none() =>
                {
                    acknowledge.send(Ok(())).ok();
                    return Ok(outcome);
                }
                Happening::Call(call @ Call::Finish { .. }) => call.refuse(CallError::InvalidRequestId),
                Happening::Call(call) => call.refuse(CallError::InvalidState),
                other => return Err(other.end(timeout)),
            }
        }
    }

    /// Waits for the next poll after a response. The runtime may do work of its own before it polls; that work also
    /// counts towards the function's timeout.
    async fn next_poll(&mut self, deadline: Instant) -> Option<Poll> {
        loop {
            match self.happening(deadline).await {
                Happening::Call(Call::Next(poll)) => return Some(poll),
                Happening::Call(call) => call.refuse(CallError::InvalidState),
                Happening::Exited(_) | Happening::Deadline | Happening::Stopped => return None,
            }
        }
    }

    /// Waits in the pool for a request while frozen. Returns `None` when the instance has been idle for too long.
    ///
    /// The process is frozen before the pool can hand out the instance. Every two invocations therefore have a freeze
    /// between them.
    async fn idle(&mut self, poll: Poll) -> Option<(Poll, Job)> {
        self.process.freeze();
        let request = self.request(poll).await;
        if request.is_some() {
            self.process.thaw();
        }
        request
    }

    async fn request(&mut self, mut poll: Poll) -> Option<(Poll, Job)> {
        let mut jobs = self.function.pool.idle(self.id);
        self.returning = false;
        let deadline = Instant::now() + self.function.shared.options.idle_after;
        loop {
            let happening = tokio::select! {
                biased;
                // The process may have ended unnoticed. Dropping the job then sends the request to another instance.
                job = &mut jobs => return job.ok().filter(|_| self.process.runs()).map(|job| (poll, job)),
                happening = self.happening(deadline) => happening,
            };
            match happening {
                Happening::Call(Call::Next(again)) => poll = again,
                Happening::Call(call) => call.refuse(CallError::InvalidState),
                Happening::Deadline if !self.function.pool.withdraw(self.id) => {
                    return jobs.await.ok().map(|job| (poll, job));
                }
                Happening::Deadline => return None,
                Happening::Exited(_) | Happening::Stopped => {
                    // Dropping a job that was already sent makes the dispatcher choose another instance.
                    self.function.pool.withdraw(self.id);
                    return None;
                }
            }
        }
    }

    async fn happening(&mut self, deadline: Instant) -> Happening {
        loop {
            tokio::select! {
                // A response that arrived before the process ended counts.
                biased;
                Some(call) = self.calls.recv() => return Happening::Call(call),
                reason = self.process.exited() => return Happening::Exited(reason),
                _ = self.stop.changed() => return Happening::Stopped,
                Some(order) = self.session.orders.recv() => self.inject(order),
                () = tokio::time::sleep_until(deadline) => return Happening::Deadline,
            }
        }
    }

    /// Injects a fault into the process. The supervisor then sees the process end or its time limit pass, as with a
    /// real fault.
    fn inject(&self, (mishap, happened): Order) {
        match mishap {
            InstanceFault::Killed => self.process.crash(),
            InstanceFault::Stuck => self.process.freeze(),
        }
        // The task that requested the fault may have ended.
        happened.send(()).ok();
    }
}

impl Happening {
    /// Converts the event to the end of an instance. `limit` is the time limit of the current step.
    fn end(self, limit: Duration) -> End {
        match self {
            Self::Exited(reason) => End::Failed(Outcome::Exited(reason)),
            Self::Deadline => End::Failed(Outcome::TimedOut(limit)),
            Self::Stopped | Self::Call(_) => End::Quiet,
        }
    }
}
