//! The Lambda Runtime API 2018-06-01 over HTTP (Lambda developer guide, "Using the Lambda runtime API"). It forwards
//! each call of a runtime to the supervisor of the instance.
//!
//! Every instance has its own listener. `AWS_LAMBDA_RUNTIME_API` is therefore `host:port` as in Lambda, and the port
//! identifies the calling instance. Error bodies match those of AWS's runtime interface emulator.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::json;
use stack_base::http::{self, BodyError};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::payload::{InvocationOutcome, RESPONSE_LIMIT};
use super::spec::MAX_TIMEOUT;

/// An invocation for a function's runtime.
#[derive(Debug)]
pub(super) struct RuntimeInvocation {
    pub(super) request_id: String,
    pub(super) function_arn: String,
    pub(super) trace: String,
    /// Deadline of the invocation, in milliseconds since the Unix epoch.
    pub(super) deadline_ms: u128,
    pub(super) payload: Bytes,
}

/// Why the Runtime API refuses a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallError {
    /// The request id is not that of the current invocation.
    InvalidRequestId,
    /// The state of the instance does not allow this call.
    InvalidState,
}

/// A runtime's request for its next invocation, answered through this channel.
pub(super) type Poll = oneshot::Sender<Result<RuntimeInvocation, CallError>>;

/// Channel for the answer to a call: `202 Accepted` or a refusal.
pub(super) type Acknowledge = oneshot::Sender<Result<(), CallError>>;

/// One call of a runtime.
#[derive(Debug)]
pub(super) enum RuntimeCall {
    /// `GET …/invocation/next`
    Next(Poll),
    /// `POST …/invocation/{request id}/response` and `…/error`
    Finish { request_id: String, outcome: InvocationOutcome, acknowledge: Acknowledge },
    /// `POST …/init/error`
    InitError { document: Bytes, acknowledge: Acknowledge },
}

impl RuntimeCall {
    /// Refuses the call.
    pub(super) fn refuse(self, refusal: CallError) {
        // The runtime may have ended and not receive the refusal.
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

/// Time limit for reading a body. The supervisor's own deadline always passes earlier.
const READ_LIMIT: Duration = MAX_TIMEOUT;
/// Maximum number of calls that wait for a supervisor. A runtime has one or two calls in progress.
const WAITING: usize = 4;

type Supervisor = State<mpsc::Sender<RuntimeCall>>;

/// The Runtime API of one instance. Dropping it closes the listener.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(super) address: SocketAddr,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    /// Listens on a free loopback port. The receiver gets every call.
    pub(super) async fn open() -> io::Result<(Self, mpsc::Receiver<RuntimeCall>)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        // Without this option an invocation waits for the acknowledgement of earlier data. A failure to set it only
        // costs time.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let (supervisor, calls) = mpsc::channel(WAITING);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router(supervisor)).await {
                tracing::error!(%error, "the Runtime API of an instance failed");
            }
        });
        Ok((Self { address, server }, calls))
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(supervisor: mpsc::Sender<RuntimeCall>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(supervisor)
}

/// Keeps the request open until there is an invocation. A runtime waits here between invocations.
async fn next(State(supervisor): Supervisor) -> Response {
    let (poll, delivery) = oneshot::channel();
    if supervisor.send(RuntimeCall::Next(poll)).await.is_ok()
        && let Ok(delivery) = delivery.await
    {
        return delivery.map_or_else(refused, delivered);
    }
    // The supervisor is ending the instance, and no response would be correct. The end of the process closes the
    // connection.
    std::future::pending().await
}

fn delivered(delivery: RuntimeInvocation) -> Response {
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", delivery.request_id),
        ("lambda-runtime-deadline-ms", delivery.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", delivery.function_arn),
        ("lambda-runtime-trace-id", delivery.trace),
    ];
    (headers.map(|(name, value)| (HeaderName::from_static(name), value)), delivery.payload).into_response()
}

async fn response(State(supervisor): Supervisor, Path(request): Path<String>, body: Body) -> Response {
    finish(&supervisor, request, body, InvocationOutcome::Response).await
}

async fn error(State(supervisor): Supervisor, Path(request): Path<String>, body: Body) -> Response {
    finish(&supervisor, request, body, InvocationOutcome::Error).await
}

async fn finish(
    supervisor: &mpsc::Sender<RuntimeCall>,
    request_id: String,
    body: Body,
    outcome: fn(Bytes) -> InvocationOutcome,
) -> Response {
    let outcome = match http::collect(body, RESPONSE_LIMIT, READ_LIMIT).await {
        Ok(body) => outcome(body),
        Err(BodyError::TooLarge) => InvocationOutcome::ResponseTooLarge,
        Err(BodyError::TimedOut | BodyError::Broken) => return truncated(),
    };
    let too_large = matches!(outcome, InvocationOutcome::ResponseTooLarge);
    let call = |acknowledge| RuntimeCall::Finish { request_id, outcome, acknowledge };
    match forward_call(supervisor, call).await {
        Ok(()) if too_large => response_too_large(),
        Ok(()) => accepted(),
        Err(reason) => refused(reason),
    }
}

async fn init_error(State(supervisor): Supervisor, body: Body) -> Response {
    let Ok(document) = http::collect(body, RESPONSE_LIMIT, READ_LIMIT).await else { return truncated() };
    let call = |acknowledge| RuntimeCall::InitError { document, acknowledge };
    forward_call(&supervisor, call).await.map_or_else(refused, |()| accepted())
}

/// Forwards a call to the supervisor and waits for the answer. An ended supervisor accepts no calls.
async fn forward_call(
    supervisor: &mpsc::Sender<RuntimeCall>,
    call: impl FnOnce(Acknowledge) -> RuntimeCall,
) -> Result<(), CallError> {
    let (acknowledge, verdict) = oneshot::channel();
    supervisor.send(call(acknowledge)).await.map_err(|_| CallError::InvalidState)?;
    verdict.await.unwrap_or(Err(CallError::InvalidState))
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

fn refused(reason: CallError) -> Response {
    let (status, error_type, message) = match reason {
        CallError::InvalidRequestId => (StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
        CallError::InvalidState => {
            (StatusCode::FORBIDDEN, "InvalidStateTransition", "The instance is in no state for this call")
        }
    };
    error_body(status, error_type, message)
}

fn truncated() -> Response {
    error_body(StatusCode::BAD_REQUEST, "TruncatedHTTPRequest", "HTTP request detected as truncated")
}

fn response_too_large() -> Response {
    let message = format!("Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).");
    error_body(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
}

fn error_body(status: StatusCode, error_type: &str, message: &str) -> Response {
    (status, Json(json!({ "errorType": error_type, "errorMessage": message }))).into_response()
}
