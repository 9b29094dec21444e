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
use super::payload::InvocationOutcome;
use super::process::Process;
use super::runtime_api::{CallError, Poll, RuntimeApi, RuntimeCall};
use super::session::{FaultInjection, InstanceFault, Session};

/// Why an instance ends.
enum InstanceEnd {
    /// The instance failed while it handled a request.
    Failed(InvocationOutcome),
    /// The instance did not fail: it is no longer needed, or its process ended between two invocations.
    Normal,
}

/// An event of an instance.
enum InstanceEvent {
    RuntimeCall(RuntimeCall),
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
    calls: mpsc::Receiver<RuntimeCall>,
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
            first.complete(InvocationOutcome::NotStarted(reason), Vec::new());
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
    async fn live(mut self, first: Job) -> (bool, Option<(Job, InvocationOutcome, Vec<u8>)>) {
        let name = self.function.spec.name.clone();
        let mut job = Some(first);
        let end = self.serve(&mut job).await;
        let Self { process, returning, .. } = self;
        match (end, job) {
            (InstanceEnd::Failed(outcome), Some(job)) => {
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
    async fn serve(&mut self, job: &mut Option<Job>) -> InstanceEnd {
        let mut poll = match self.initialise().await {
            Ok(poll) => poll,
            Err(end) => return end,
        };
        let mut init = Some(self.started.elapsed());
        loop {
            let Some(current) = job.as_ref() else { return InstanceEnd::Normal };
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
            let Some(next) = self.next_poll(deadline).await else { return InstanceEnd::Normal };
            let Some((next, request)) = self.idle(next).await else { return InstanceEnd::Normal };
            self.process.logs.clear();
            poll = next;
            *job = Some(request);
        }
    }

    async fn reply(
        &mut self,
        job: Job,
        outcome: InvocationOutcome,
        deadline: Instant,
        init: Option<Duration>,
    ) {
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
    async fn initialise(&mut self) -> Result<Poll, InstanceEnd> {
        let limit = self.function.shared.options.init_limit;
        let deadline = Instant::now() + limit;
        loop {
            match self.next_event(deadline).await {
                InstanceEvent::RuntimeCall(RuntimeCall::Next(poll)) => return Ok(poll),
                InstanceEvent::RuntimeCall(RuntimeCall::InitError { document, acknowledge }) => {
                    acknowledge.send(Ok(())).ok();
                    return Err(InstanceEnd::Failed(InvocationOutcome::Error(document)));
                }
                InstanceEvent::RuntimeCall(call) => call.refuse(CallError::InvalidState),
                other => return Err(other.end(limit)),
            }
        }
    }

    /// Delivers a request and waits for the response.
    async fn answer(
        &mut self,
        poll: Poll,
        job: &Job,
        deadline: Instant,
    ) -> Result<InvocationOutcome, InstanceEnd> {
        let (request_id, timeout) = (&job.request.id, self.function.spec.timeout);
        self.process.logs.note(&logs::start_line(request_id));
        // If the poll's connection broke, the delivery comes back, and the runtime polls again.
        let mut undelivered = poll.send(Ok(job.delivery(&self.function.spec.arn, timeout))).err();
        loop {
            match self.next_event(deadline).await {
                InstanceEvent::RuntimeCall(RuntimeCall::Next(poll)) => {
                    let delivery = undelivered.take().unwrap_or(Err(CallError::InvalidState));
                    undelivered = poll.send(delivery).err().filter(Result::is_ok);
                }
                InstanceEvent::RuntimeCall(RuntimeCall::Finish { request_id: id, outcome, acknowledge })
                    if id == *request_id && undelivered.is_none() =>
                {
                    acknowledge.send(Ok(())).ok();
                    return Ok(outcome);
                }
                InstanceEvent::RuntimeCall(call @ RuntimeCall::Finish { .. }) => {
                    call.refuse(CallError::InvalidRequestId);
                }
                InstanceEvent::RuntimeCall(call) => call.refuse(CallError::InvalidState),
                other => return Err(other.end(timeout)),
            }
        }
    }

    /// Waits for the next poll after a response. The runtime may do work of its own before it polls; that work also
    /// counts towards the function's timeout.
    async fn next_poll(&mut self, deadline: Instant) -> Option<Poll> {
        loop {
            match self.next_event(deadline).await {
                InstanceEvent::RuntimeCall(RuntimeCall::Next(poll)) => return Some(poll),
                InstanceEvent::RuntimeCall(call) => call.refuse(CallError::InvalidState),
                InstanceEvent::Exited(_) | InstanceEvent::Deadline | InstanceEvent::Stopped => return None,
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
            let event = tokio::select! {
                biased;
                // The process may have ended unnoticed. Dropping the job then sends the request to another instance.
                job = &mut jobs => return job.ok().filter(|_| self.process.runs()).map(|job| (poll, job)),
                event = self.next_event(deadline) => event,
            };
            match event {
                InstanceEvent::RuntimeCall(RuntimeCall::Next(again)) => poll = again,
                InstanceEvent::RuntimeCall(call) => call.refuse(CallError::InvalidState),
                InstanceEvent::Deadline if !self.function.pool.withdraw(self.id) => {
                    return jobs.await.ok().map(|job| (poll, job));
                }
                InstanceEvent::Deadline => return None,
                InstanceEvent::Exited(_) | InstanceEvent::Stopped => {
                    // Dropping a job that was already sent makes the dispatcher choose another instance.
                    self.function.pool.withdraw(self.id);
                    return None;
                }
            }
        }
    }

    async fn next_event(&mut self, deadline: Instant) -> InstanceEvent {
        loop {
            tokio::select! {
                // A response that arrived before the process ended counts.
                biased;
                Some(call) = self.calls.recv() => return InstanceEvent::RuntimeCall(call),
                reason = self.process.exited() => return InstanceEvent::Exited(reason),
                _ = self.stop.changed() => return InstanceEvent::Stopped,
                Some(injection) = self.session.injections.recv() => self.inject(injection),
                () = tokio::time::sleep_until(deadline) => return InstanceEvent::Deadline,
            }
        }
    }

    /// Injects a fault into the process. The supervisor then sees the process end or its time limit pass, as with a
    /// real fault.
    fn inject(&self, (fault, happened): FaultInjection) {
        match fault {
            InstanceFault::Killed => self.process.crash(),
            InstanceFault::Stuck => self.process.freeze(),
        }
        // The task that requested the fault may have ended.
        happened.send(()).ok();
    }
}

impl InstanceEvent {
    /// Converts the event to the end of an instance. `limit` is the time limit of the current step.
    fn end(self, limit: Duration) -> InstanceEnd {
        match self {
            Self::Exited(reason) => InstanceEnd::Failed(InvocationOutcome::Exited(reason)),
            Self::Deadline => InstanceEnd::Failed(InvocationOutcome::TimedOut(limit)),
            Self::Stopped | Self::RuntimeCall(_) => InstanceEnd::Normal,
        }
    }
}
