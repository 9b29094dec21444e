//! What an instance waits for: its first poll, an answer, the next poll, a request. Whatever else happens meanwhile
//! is refused, or ends the instance.

use std::time::Duration;

use tokio::time::Instant;

use super::{End, Instance};
use crate::lambda::calls::{Call, Poll, Refusal};
use crate::lambda::job::Job;
use crate::lambda::payload::Outcome;
use crate::lambda::report;
use crate::lambda::session::{Mishap, Order};

/// What can happen to an instance.
enum Happening {
    Call(Call),
    Exited(String),
    Deadline,
    /// The runtime as a whole shuts down.
    Stopped,
}

impl Instance {
    /// Waits for the first poll.
    pub(super) async fn initialise(&mut self) -> Result<Poll, End> {
        let limit = self.function.shared.options.init_limit;
        let deadline = Instant::now() + limit;
        loop {
            match self.happening(deadline).await {
                Happening::Call(Call::Next(poll)) => return Ok(poll),
                Happening::Call(Call::InitError { document, acknowledge }) => {
                    acknowledge.send(Ok(())).ok();
                    return Err(End::Failed(Outcome::Error(document)));
                }
                Happening::Call(call) => call.refuse(Refusal::InvalidState),
                other => return Err(other.end(limit)),
            }
        }
    }

    /// Delivers a request and waits for its answer.
    pub(super) async fn answer(&mut self, poll: Poll, job: &Job, deadline: Instant) -> Result<Outcome, End> {
        let (request_id, timeout) = (&job.request.id, self.function.spec.timeout);
        self.process.logs.note(&report::start(request_id));
        // A poll whose connection broke gives the delivery back: the runtime will poll again.
        let mut undelivered = poll.send(Ok(job.delivery(&self.function.spec.arn, timeout))).err();
        loop {
            match self.happening(deadline).await {
                Happening::Call(Call::Next(poll)) => {
                    let delivery = undelivered.take().unwrap_or(Err(Refusal::InvalidState));
                    undelivered = poll.send(delivery).err().filter(Result::is_ok);
                }
                Happening::Call(Call::Finish { request_id: id, outcome, acknowledge })
                    if id == *request_id && undelivered.is_none() =>
                {
                    acknowledge.send(Ok(())).ok();
                    return Ok(outcome);
                }
                Happening::Call(call @ Call::Finish { .. }) => call.refuse(Refusal::InvalidRequestId),
                Happening::Call(call) => call.refuse(Refusal::InvalidState),
                other => return Err(other.end(timeout)),
            }
        }
    }

    /// Waits until the runtime, its own work after the answer done, polls again; that work is within the function's
    /// time as well.
    pub(super) async fn next_poll(&mut self, deadline: Instant) -> Option<Poll> {
        loop {
            match self.happening(deadline).await {
                Happening::Call(Call::Next(poll)) => return Some(poll),
                Happening::Call(call) => call.refuse(Refusal::InvalidState),
                Happening::Exited(_) | Happening::Deadline | Happening::Stopped => return None,
            }
        }
    }

    /// Waits in the pool, frozen, for a request; none once the instance has been idle for long enough.
    ///
    /// It is frozen before the pool can give it away, so that every two invocations have a freeze between them.
    pub(super) async fn idle(&mut self, poll: Poll) -> Option<(Poll, Job)> {
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
                // The end of the process may not have come through yet; then the request goes elsewhere.
                job = &mut jobs => return job.ok().filter(|_| self.process.runs()).map(|job| (poll, job)),
                happening = self.happening(deadline) => happening,
            };
            match happening {
                Happening::Call(Call::Next(again)) => poll = again,
                Happening::Call(call) => call.refuse(Refusal::InvalidState),
                Happening::Deadline if !self.function.pool.withdraw(self.id) => {
                    return jobs.await.ok().map(|job| (poll, job));
                }
                Happening::Deadline => return None,
                Happening::Exited(_) | Happening::Stopped => {
                    // A request that is already on its way comes back to its caller, who takes another instance.
                    self.function.pool.withdraw(self.id);
                    return None;
                }
            }
        }
    }

    async fn happening(&mut self, deadline: Instant) -> Happening {
        loop {
            tokio::select! {
                // An answer that came before the process ended counts.
                biased;
                Some(call) = self.calls.recv() => return Happening::Call(call),
                reason = self.process.exited() => return Happening::Exited(reason),
                _ = self.stop.changed() => return Happening::Stopped,
                Some(order) = self.session.orders.recv() => self.befall(order),
                () = tokio::time::sleep_until(deadline) => return Happening::Deadline,
            }
        }
    }

    /// Lets a mishap befall the process; its end, or that of its time, comes the usual way.
    fn befall(&self, (mishap, happened): Order) {
        match mishap {
            Mishap::Killed => self.process.crash(),
            Mishap::Stuck => self.process.freeze(),
        }
        // Who ordered it may have gone.
        happened.send(()).ok();
    }
}

impl Happening {
    /// The end this brings to an instance that had `limit` to do something.
    fn end(self, limit: Duration) -> End {
        match self {
            Self::Exited(reason) => End::Failed(Outcome::Exited(reason)),
            Self::Deadline => End::Failed(Outcome::TimedOut(limit)),
            Self::Stopped | Self::Call(_) => End::Quiet,
        }
    }
}
