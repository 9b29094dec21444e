//! One invocation on its way through an instance, and what comes back.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::payload::Outcome;
use super::runtime_api::Delivery;

/// What a function call came to.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// The invocation's request id, as the function saw it.
    pub request_id: String,
    /// The function's response, or the error document.
    pub payload: Bytes,
    /// `Unhandled` when the function failed, as in `X-Amz-Function-Error`.
    pub function_error: Option<String>,
    /// From the call to the answer, the start of an instance included where there was one.
    pub duration: Duration,
    /// An instance was started for this call.
    pub cold_start: bool,
}

/// An invocation together with the end of its log.
#[derive(Debug)]
pub(super) struct Completed {
    pub(super) invocation: Invocation,
    /// Up to 4 KB; whole only where the call asked for it.
    pub(super) log_tail: Vec<u8>,
}

/// What is asked of a function.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) id: String,
    pub(super) payload: Bytes,
    /// The trace header of the instance, complete.
    pub(super) trace: String,
    /// The caller reads the log, so the answer waits until the log is in.
    pub(super) wants_log: bool,
    pub(super) called: Instant,
}

impl Request {
    /// The request for one instance, and where its answer arrives. The answer stays away if the instance ended
    /// before it took the request.
    pub(super) fn for_instance(&self, cold_start: bool) -> (Job, oneshot::Receiver<Completed>) {
        let (reply, answer) = oneshot::channel();
        (Job { request: self.clone(), cold_start, reply }, answer)
    }
}

/// A request given to one instance.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    cold_start: bool,
    reply: oneshot::Sender<Completed>,
}

impl Job {
    /// What the runtime gets, with `timeout` from now on.
    pub(super) fn delivery(&self, function_arn: &str, timeout: Duration) -> Delivery {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Delivery {
            request_id: self.request.id.clone(),
            function_arn: function_arn.to_owned(),
            trace: self.request.trace.clone(),
            deadline_ms: (now + timeout).as_millis(),
            payload: self.request.payload.clone(),
        }
    }

    /// Gives the answer to the caller, who may have gone.
    pub(super) fn complete(self, outcome: Outcome, log_tail: Vec<u8>) {
        let request_id = self.request.id;
        let (payload, function_error) = outcome.into_payload(&request_id);
        let duration = self.request.called.elapsed();
        let invocation =
            Invocation { request_id, payload, function_error, duration, cold_start: self.cold_start };
        self.reply.send(Completed { invocation, log_tail }).ok();
    }
}
