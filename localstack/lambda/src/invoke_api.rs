//! Lambda's REST API for functions, as the AWS CLI and the SDKs use it: `Invoke` (Lambda API reference), and the
//! operations that [describe functions](super::functions_api).
//!
//! Signatures are not checked.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use stack_base::http::{self, BodyError};
use uuid::Uuid;

use super::api_error::ApiError;
use super::job::Completed;
use super::payload::{EVENT_LIMIT, REQUEST_LIMIT};
use super::reference::find;
use super::{Lambda, functions_api};

/// Time limit for receiving a payload.
const READ_LIMIT: Duration = Duration::from_secs(30);

/// Routes of the API for functions, for `aws lambda` and the SDKs.
pub fn router(lambda: Lambda) -> Router {
    Router::new()
        .route("/2015-03-31/functions", get(functions_api::list))
        .route("/2015-03-31/functions/", get(functions_api::list))
        .route("/2015-03-31/functions/{function}", get(functions_api::get))
        .route("/2015-03-31/functions/{function}/configuration", get(functions_api::get_configuration))
        .route("/2015-03-31/functions/{function}/invocations", post(invoke))
        .with_state(lambda)
}

async fn invoke(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&lambda, &function, query.as_deref(), &headers, body).await.into_response()
}

async fn answer(
    lambda: &Lambda,
    function: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let found = find(lambda, function, query, "InvokeFunction")?;
    let name = &found.function.spec.name;
    let trace = header("x-amzn-trace-id").map(str::to_owned);
    match header("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "RequestResponse" => {
            let payload = read(body, REQUEST_LIMIT).await?;
            let wants_log = header("x-amz-log-type") == Some("Tail");
            let completed = lambda.call(name, payload, trace.as_deref(), wants_log).await?;
            Ok(completed_response(completed, wants_log))
        }
        "Event" => {
            let payload = read(body, EVENT_LIMIT).await?;
            let request_id = lambda.invoke_event(name, payload, trace.as_deref())?;
            Ok(empty_response(StatusCode::ACCEPTED, request_id))
        }
        "DryRun" => Ok(empty_response(StatusCode::NO_CONTENT, Uuid::new_v4().to_string())),
        other => Err(ApiError::invalid_parameter(format!("`{other}` is not an InvocationType"))),
    }
}

async fn read(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    http::collect(body, limit, READ_LIMIT).await.map_err(|error| match error {
        BodyError::TooLarge => ApiError::too_large(limit),
        BodyError::TimedOut | BodyError::Broken => ApiError::invalid_content(error.to_string()),
    })
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

fn empty_response(status: StatusCode, request_id: String) -> Response {
    (status, [(HeaderName::from_static("x-amzn-requestid"), request_id)]).into_response()
}
