//! Errors of Lambda's REST API, in Lambda's form: a status, the header `x-amzn-ErrorType` and a JSON document (Lambda
//! API reference, section "Errors" of each operation).

use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::InvokeError;

/// Why the API refuses a call.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    kind: &'static str,
    body: Value,
}

impl ApiError {
    /// A function, version, alias or mapping does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::user(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
    }

    /// A parameter has a value that the operation does not accept.
    pub fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::user(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message)
    }

    /// A parameter breaks a constraint of the API reference.
    #[must_use]
    pub fn validation(member: &str, value: &str, constraint: &str) -> Self {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        );
        Self::user(StatusCode::BAD_REQUEST, "ValidationException", message)
    }

    /// The body is not the JSON that the operation takes.
    pub(super) fn invalid_content(problem: impl Into<String>) -> Self {
        let message = format!("Could not parse request body into json: {}", problem.into());
        Self::user(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message)
    }

    /// The payload has more bytes than the limit.
    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("Request must be smaller than {limit} bytes for the InvokeFunction operation");
        Self::user(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", message)
    }

    /// The caller may not use the function.
    pub(super) fn access_denied(message: impl Into<String>) -> Self {
        Self::user(StatusCode::FORBIDDEN, "AccessDeniedException", message)
    }

    fn user(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, body: json!({ "Type": "User", "Message": message.into() }) }
    }
}

impl From<InvokeError> for ApiError {
    fn from(error: InvokeError) -> Self {
        match error {
            InvokeError::FunctionNotFound(_) => Self::not_found(error.to_string()),
            InvokeError::TooManyRequests { .. } => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                kind: "TooManyRequestsException",
                body: json!({
                    "Type": "User",
                    "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
                    "message": "Rate Exceeded.",
                }),
            },
            InvokeError::RequestTooLarge { limit, .. } => Self::too_large(limit),
            InvokeError::InvalidPayload(detail) => Self::invalid_content(detail),
            InvokeError::ShuttingDown | InvokeError::Unreachable(_) => Self {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                kind: "ServiceException",
                body: json!({ "Type": "Service", "Message": error.to_string() }),
            },
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let headers = [
            (HeaderName::from_static("x-amzn-errortype"), self.kind.to_owned()),
            (HeaderName::from_static("x-amzn-requestid"), Uuid::new_v4().to_string()),
        ];
        (self.status, headers, axum::Json(self.body)).into_response()
    }
}
