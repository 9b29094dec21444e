//! One invocation on its way through an instance, and its result.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::payload::InvocationOutcome;
use super::runtime_api::RuntimeInvocation;
use super::trace;

/// Result of a function call.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// The invocation's request id, as the function received it.
    pub request_id: String,
    /// The function's response or its error document.
    pub payload: Bytes,
    /// `Unhandled` when the function failed. This is the value of `X-Amz-Function-Error`.
    pub function_error: Option<String>,
    /// Time from the call to the result, including the start of an instance.
    pub duration: Duration,
    /// True if an instance was started for this call.
    pub cold_start: bool,
}

/// An invocation with the end of its log.
#[derive(Debug)]
pub(super) struct Completed {
    pub(super) invocation: Invocation,
    /// Up to 4 KB. Complete only if the call requested the log.
    pub(super) log_tail: Vec<u8>,
}

/// A request to a function.
#[derive(Debug, Clone)]
pub(super) struct InvocationRequest {
    pub(super) id: String,
    pub(super) payload: Bytes,
    /// The complete trace header for the instance.
    pub(super) trace: String,
    /// True if the caller reads the log. The response then waits until the log is complete.
    pub(super) wants_log: bool,
    pub(super) called: Instant,
}

impl InvocationRequest {
    /// A request with a new id. `trace` is the caller's X-Ray header.
    pub(super) fn new(payload: Bytes, trace: Option<&str>, wants_log: bool) -> Self {
        let (id, trace) = (Uuid::new_v4().to_string(), trace::for_instance(trace));
        Self { id, payload, trace, wants_log, called: Instant::now() }
    }

    /// Creates the job for one instance and the receiver for its result. The receiver fails if the instance ends before
    /// it takes the job.
    pub(super) fn for_instance(&self, cold_start: bool) -> (Job, oneshot::Receiver<Completed>) {
        let (reply, answer) = oneshot::channel();
        (Job { request: self.clone(), cold_start, reply }, answer)
    }
}

/// A request assigned to one instance.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: InvocationRequest,
    cold_start: bool,
    reply: oneshot::Sender<Completed>,
}

impl Job {
    /// The delivery for the runtime, with a deadline `timeout` from now.
    pub(super) fn delivery(&self, function_arn: &str, timeout: Duration) -> RuntimeInvocation {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        RuntimeInvocation {
            request_id: self.request.id.clone(),
            function_arn: function_arn.to_owned(),
            trace: self.request.trace.clone(),
            deadline_ms: (now + timeout).as_millis(),
            payload: self.request.payload.clone(),
        }
    }

    /// Sends the result to the caller, who may no longer wait for it.
    pub(super) fn complete(self, outcome: InvocationOutcome, log_tail: Vec<u8>) {
        let request_id = self.request.id;
        let (payload, function_error) = outcome.into_payload(&request_id);
        let duration = self.request.called.elapsed();
        let invocation =
            Invocation { request_id, payload, function_error, duration, cold_start: self.cold_start };
        self.reply.send(Completed { invocation, log_tail }).ok();
    }
}
