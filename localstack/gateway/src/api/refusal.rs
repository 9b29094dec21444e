//! API Gateway's own answers: a status and `{"message": …}`.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::identity::Denied;

/// Why a request did not become a function's response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The body broke off.
    BadRequest,
    /// The route's authorizer does not admit the caller.
    Denied(Denied),
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
        let challenge = if let Self::Denied(denied) = &self { Some(denied.challenge()) } else { None };
        let (status, message) = match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::Denied(Denied::Scope { .. }) => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::Denied(_) => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
            Self::RequestTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::HeadersTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large")
            }
            Self::InternalServerError => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::ServiceUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        };
        let challenge = challenge.map(|challenge| [(WWW_AUTHENTICATE, challenge)]);
        (status, challenge, Json(json!({ "message": message }))).into_response()
    }
}
