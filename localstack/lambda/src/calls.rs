//! The calls a function's runtime makes on the Runtime API, handed to the supervisor of its instance.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::payload::Outcome;

/// An invocation on its way to a function.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) request_id: String,
    pub(super) function_arn: String,
    pub(super) trace: String,
    /// When the function's time is over, in milliseconds since the Unix epoch.
    pub(super) deadline_ms: u128,
    pub(super) payload: Bytes,
}

/// Why the Runtime API refuses a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request id is not that of the invocation under way.
    InvalidRequestId,
    /// The call does not fit where the instance stands.
    InvalidState,
}

/// A runtime's wait for its next invocation.
pub(super) type Poll = oneshot::Sender<Result<Delivery, Refusal>>;

/// Answers a call with `202 Accepted` or a refusal.
pub(super) type Acknowledge = oneshot::Sender<Result<(), Refusal>>;

/// One call.
#[derive(Debug)]
pub(super) enum Call {
    /// `GET …/invocation/next`
    Next(Poll),
    /// `POST …/invocation/{request id}/response` and `…/error`
    Finish { request_id: String, outcome: Outcome, acknowledge: Acknowledge },
    /// `POST …/init/error`
    InitError { document: Bytes, acknowledge: Acknowledge },
}

impl Call {
    /// Refuses a call that does not fit.
    pub(super) fn refuse(self, refusal: Refusal) {
        // A runtime that has gone does not hear the refusal.
        match self {
            Self::Next(poll) => {
                poll.send(Err(refusal)).ok();
            }
            Self::Finish { acknowledge, .. } | Self::InitError { acknowledge, .. } => {
                acknowledge.send(Err(refusal)).ok();
            }
        }
    }
}
