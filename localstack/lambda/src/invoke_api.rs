//! The Invoke API over HTTP, as the AWS CLI and the SDKs use it (Lambda API reference, "Invoke").
//!
//! Signatures are not checked. An `Event` runs once, because Lambda's queue and its retries are not part of the stack.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use stack_base::http::{self, BodyError};
use uuid::Uuid;

use super::Lambda;
use super::error::InvokeError;
use super::job::Completed;
use super::payload::{EVENT_LIMIT, REQUEST_LIMIT, checked};

/// Time limit for receiving a payload.
const READ_LIMIT: Duration = Duration::from_secs(30);

/// Routes of the Invoke API, for `aws lambda invoke` and the SDKs.
pub fn router(lambda: Lambda) -> Router {
    Router::new().route("/2015-03-31/functions/{function}/invocations", post(invoke)).with_state(lambda)
}

async fn invoke(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = answer(&lambda, &function, query.as_deref(), &headers, body).await;
    answer.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(
    lambda: &Lambda,
    function: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, InvokeApiError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let name = resolve(function, query).ok_or_else(|| InvokeError::FunctionNotFound(function.to_owned()))?;
    lambda.find(&name)?;
    let trace = header("x-amzn-trace-id").map(str::to_owned);
    match header("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "RequestResponse" => {
            let payload = read(body, REQUEST_LIMIT).await?;
            let wants_log = header("x-amz-log-type") == Some("Tail");
            let completed = lambda.call(&name, payload, trace.as_deref(), wants_log).await?;
            Ok(completed_response(completed, wants_log))
        }
        "Event" => {
            let payload = checked(read(body, EVENT_LIMIT).await?)?;
            tokio::spawn(run_event(lambda.clone(), name, payload, trace));
            Ok(empty_response(StatusCode::ACCEPTED))
        }
        "DryRun" => Ok(empty_response(StatusCode::NO_CONTENT)),
        other => Err(InvokeApiError::InvalidParameter(format!("`{other}` is not an InvocationType"))),
    }
}

async fn run_event(lambda: Lambda, function: String, payload: Bytes, trace: Option<String>) {
    match lambda.invoke(&function, payload, trace.as_deref()).await {
        Ok(invocation) if invocation.function_error.is_some() => {
            let payload = String::from_utf8_lossy(&invocation.payload);
            tracing::warn!(function, %payload, "an asynchronous invocation failed; it is not retried");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(function, %error, "an asynchronous invocation was dropped"),
    }
}

async fn read(body: Body, limit: usize) -> Result<Bytes, InvokeApiError> {
    http::collect(body, limit, READ_LIMIT).await.map_err(|error| match error {
        BodyError::TooLarge => InvokeApiError::TooLarge(limit),
        BodyError::TimedOut | BodyError::Broken => InvokeApiError::InvalidContent(error.to_string()),
    })
}

/// Extracts the function's name from a name, a partial ARN (`123456789012:function:name`) or an ARN. Each may have the
/// qualifier `$LATEST`, which is the only version.
fn resolve(function: &str, query: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = function.split(':').collect();
    let (["arn", _, "lambda", _, _, "function", name, qualifier @ ..]
    | [_, "function", name, qualifier @ ..]
    | [name, qualifier @ ..]) = parts.as_slice()
    else {
        return None;
    };
    let in_query = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find_map(|(key, value)| (key == "Qualifier").then(|| value.into_owned()));
    let latest = qualifier.iter().copied().chain(in_query.as_deref()).all(|qualifier| qualifier == "$LATEST");
    (latest && qualifier.len() <= 1).then(|| (*name).to_owned())
}

fn completed_response(completed: Completed, wants_log: bool) -> Response {
    let Completed { invocation, log_tail } = completed;
    let mut response = (StatusCode::OK, invocation.payload).into_response();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    set("content-type", "application/json");
    set("x-amzn-requestid", &invocation.request_id);
    set("x-amz-executed-version", "$LATEST");
    if let Some(error) = &invocation.function_error {
        set("x-amz-function-error", error);
    }
    if wants_log {
        set("x-amz-log-result", &STANDARD.encode(log_tail));
    }
    response
}

fn empty_response(status: StatusCode) -> Response {
    let request_id = Uuid::new_v4().to_string();
    (status, [(HeaderName::from_static("x-amzn-requestid"), request_id)]).into_response()
}

/// Why the API refuses a call.
#[derive(Debug)]
enum InvokeApiError {
    Invoke(InvokeError),
    TooLarge(usize),
    InvalidContent(String),
    InvalidParameter(String),
}

impl From<InvokeError> for InvokeApiError {
    fn from(error: InvokeError) -> Self {
        Self::Invoke(error)
    }
}

impl InvokeApiError {
    /// Status, `x-amzn-ErrorType` and body in Lambda's form.
    fn parts(self) -> (StatusCode, &'static str, Value) {
        let user = |message: String| json!({ "Type": "User", "Message": message });
        match self {
            Self::Invoke(error @ InvokeError::FunctionNotFound(_)) => {
                (StatusCode::NOT_FOUND, "ResourceNotFoundException", user(error.to_string()))
            }
            Self::Invoke(InvokeError::TooManyRequests { .. }) => (
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                json!({
                    "Type": "User",
                    "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
                    "message": "Rate Exceeded.",
                }),
            ),
            Self::Invoke(InvokeError::RequestTooLarge { limit, .. }) | Self::TooLarge(limit) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLargeException",
                user(format!("Request must be smaller than {limit} bytes for the InvokeFunction operation")),
            ),
            Self::Invoke(InvokeError::InvalidPayload(detail)) | Self::InvalidContent(detail) => (
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                user(format!("Could not parse request body into json: {detail}")),
            ),
            Self::InvalidParameter(detail) => {
                (StatusCode::BAD_REQUEST, "InvalidParameterValueException", user(detail))
            }
            Self::Invoke(error @ (InvokeError::ShuttingDown | InvokeError::Unreachable(_))) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "ServiceException",
                json!({ "Type": "Service", "Message": error.to_string() }),
            ),
        }
    }
}

impl IntoResponse for InvokeApiError {
    fn into_response(self) -> Response {
        let (status, error_type, body) = self.parts();
        let headers = [
            (HeaderName::from_static("x-amzn-errortype"), error_type.to_owned()),
            (HeaderName::from_static("x-amzn-requestid"), Uuid::new_v4().to_string()),
        ];
        (status, headers, axum::Json(body)).into_response()
    }
}
