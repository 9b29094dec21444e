//! Payload limits, and the error payloads that Lambda itself creates.

use std::time::Duration;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::json;

use super::error::InvokeError;

/// Maximum size of a synchronous request: 6 MB (Lambda quotas).
pub const REQUEST_LIMIT: usize = 6_291_456;
/// Maximum size of an asynchronous request: 1 MB (Lambda quotas).
pub(super) const EVENT_LIMIT: usize = 1_048_576;
/// Maximum size of a response: 6 MB and 100 bytes, the number in Lambda's own error message.
pub(super) const RESPONSE_LIMIT: usize = 6_291_556;

/// Validates a payload and replaces an empty one by `{}`.
///
/// # Errors
/// [`InvokeError::RequestTooLarge`] or [`InvokeError::InvalidPayload`].
pub(super) fn checked(payload: Bytes) -> Result<Bytes, InvokeError> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    let (size, limit) = (payload.len(), REQUEST_LIMIT);
    if size > limit {
        return Err(InvokeError::RequestTooLarge { size, limit });
    }
    match serde_json::from_slice::<IgnoredAny>(&payload) {
        Ok(_) => Ok(payload),
        Err(error) => Err(InvokeError::InvalidPayload(error.to_string())),
    }
}

/// Result of an invocation or of an initialisation.
#[derive(Debug)]
pub(super) enum InvocationOutcome {
    /// The function's response.
    Response(Bytes),
    /// The error document that the runtime posted, for an invocation or for the initialisation.
    Error(Bytes),
    /// A response larger than [`RESPONSE_LIMIT`].
    ResponseTooLarge,
    /// No response within this time.
    TimedOut(Duration),
    /// The process ended without a response, for this reason in Lambda's wording.
    Exited(String),
    /// The binary could not start, for this reason.
    NotStarted(String),
}

impl InvocationOutcome {
    /// The payload for the caller, and the value of `X-Amz-Function-Error`.
    pub(super) fn into_payload(self, request_id: &str) -> (Bytes, Option<String>) {
        let payload = match self {
            Self::Response(payload) => return (payload, None),
            Self::Error(document) => document,
            Self::ResponseTooLarge => error_document(
                "Function.ResponseSizeTooLarge",
                &format!(
                    "Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
                ),
            ),
            Self::TimedOut(limit) => error_document(
                "Sandbox.Timedout",
                &format!(
                    "RequestId: {request_id} Error: Task timed out after {:.2} seconds",
                    limit.as_secs_f64()
                ),
            ),
            Self::Exited(reason) => {
                error_document("Runtime.ExitError", &format!("RequestId: {request_id} Error: {reason}"))
            }
            Self::NotStarted(reason) => error_document(
                "Runtime.InvalidEntrypoint",
                &format!("RequestId: {request_id} Error: {reason}"),
            ),
        };
        (payload, Some("Unhandled".to_owned()))
    }
}

fn error_document(error_type: &str, message: &str) -> Bytes {
    json!({ "errorType": error_type, "errorMessage": message }).to_string().into()
}
