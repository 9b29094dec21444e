//! API Gateway's own answers: a status and `{"message": …}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request did not become a function's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The body broke off.
    BadRequest,
    /// No route matches.
    NotFound,
    /// The body did not arrive in time.
    RequestTimeout,
    /// The body is over 10 MB, or the event over the 6 MB of Lambda.
    RequestTooLarge,
    /// Request line and header values are over 10,240 bytes.
    HeadersTooLarge,
    /// The function failed or gave a response that is none.
    InternalServerError,
    /// The function is throttled or takes longer than 30 s.
    ServiceUnavailable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
            Self::RequestTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::HeadersTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large")
            }
            Self::InternalServerError => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::ServiceUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        };
        (status, Json(json!({ "message": message }))).into_response()
    }
}
