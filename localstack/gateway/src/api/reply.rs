//! HTTP responses: API Gateway's own errors (a status and `{"message": …}`), and a function's result in payload format
//! 2.0 (API Gateway developer guide, "Lambda function response for format 2.0").

use axum::Json;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::identity::Denied;

/// Why a request is refused or gets no response from a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GatewayError {
    /// The body broke off.
    BadRequest,
    /// The route's authorizer does not admit the caller.
    Denied(Denied),
    /// The host of the request is no address of the API.
    UnknownHost,
    /// No route matches.
    NotFound,
    /// The body did not arrive in time.
    RequestTimeout,
    /// The body exceeds 10 MB, or the event exceeds Lambda's 6 MB.
    RequestTooLarge,
    /// The request line and header values exceed 10,240 bytes.
    HeadersTooLarge,
    /// The function failed or returned an invalid response.
    InternalServerError,
    /// The function is throttled or takes longer than 30 s.
    ServiceUnavailable,
}

impl IntoResponse for GatewayError {
    fn into_response(self) -> Response {
        let challenge = if let Self::Denied(denied) = &self { Some(denied.challenge()) } else { None };
        let (status, message) = match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::Denied(Denied::Scope(_)) | Self::UnknownHost => (StatusCode::FORBIDDEN, "Forbidden"),
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

/// Headers that API Gateway sets itself. It ignores the function's values.
const OWN: [&str; 3] = ["connection", "content-length", "transfer-encoding"];

/// Converts a function's result to a response. An object with a `statusCode` describes the response; any other JSON is
/// the body of a 200.
///
/// # Errors
/// [`GatewayError::InternalServerError`] if the result is not JSON or one of its fields is malformed.
pub(super) fn response(answer: &Bytes) -> Result<Response, GatewayError> {
    let parsed = serde_json::from_slice(answer).ok();
    let response = parsed.and_then(|answer| match answer {
        Value::Object(fields) if fields.contains_key("statusCode") => structured(&fields),
        Value::String(text) => Some(inferred(text)),
        other => Some(inferred(other.to_string())),
    });
    response.ok_or_else(|| {
        let answer = String::from_utf8_lossy(&answer[..answer.len().min(256)]);
        tracing::warn!(%answer, "the function returned an invalid response");
        GatewayError::InternalServerError
    })
}

fn inferred(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

fn structured(fields: &Map<String, Value>) -> Option<Response> {
    let mut response = Response::new(Body::from(body(fields)?));
    *response.status_mut() = status(fields.get("statusCode")?)?;
    *response.headers_mut() = headers(fields)?;
    Some(response)
}

/// Parses a status code from a number or text. Codes below 200 are refused, because an interim status is not a final
/// response.
fn status(value: &Value) -> Option<StatusCode> {
    let code = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    StatusCode::from_u16(code.try_into().ok()?).ok().filter(|status| (200..600).contains(&status.as_u16()))
}

fn body(fields: &Map<String, Value>) -> Option<Vec<u8>> {
    let text = match fields.get("body") {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(Value::String(text)) => text,
        Some(_) => return None,
    };
    match fields.get("isBase64Encoded") {
        Some(Value::Bool(true)) => STANDARD.decode(text).ok(),
        None | Some(Value::Null | Value::Bool(false)) => Some(text.clone().into_bytes()),
        Some(_) => None,
    }
}

fn headers(fields: &Map<String, Value>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    if let Some(given) = fields.get("headers").filter(|given| !given.is_null()) {
        for (name, value) in given.as_object()? {
            let name: HeaderName = name.parse().ok()?;
            if !OWN.contains(&name.as_str()) {
                headers.insert(name, header_value(value)?);
            }
        }
    }
    if let Some(cookies) = fields.get("cookies").filter(|cookies| !cookies.is_null()) {
        for cookie in cookies.as_array()? {
            headers.append(SET_COOKIE, cookie.as_str()?.parse().ok()?);
        }
    }
    Some(headers)
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Bool(_) | Value::Number(_) => value.to_string().parse().ok(),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
