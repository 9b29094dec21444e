//! Errors in the shape of AWS's JSON protocols.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

/// An error response: a status, an error code in `__type`, and a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// HTTP status.
    pub status: StatusCode,
    /// Error code, such as `ResourceNotFoundException`.
    pub code: String,
    /// Message for people.
    pub message: String,
}

impl ServiceError {
    /// An error that the caller caused, 400.
    pub fn client(code: &str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.to_owned(), message: message.into() }
    }

    /// The error for an operation that the stack does not serve. `served` are the operations of the service that it
    /// serves.
    #[must_use]
    pub fn not_served(service: &str, operation: &str, served: &[&str]) -> Self {
        let served = served.join(", ");
        let message = format!(
            "{service} {operation} is not served by the local stack. Of {service}, it serves {served}."
        );
        Self::client("UnknownOperationException", message)
    }

    /// An error of the stack, 500.
    pub fn server(message: impl Into<String>) -> Self {
        let code = "InternalFailure".to_owned();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code, message: message.into() }
    }
}

/// Parses a request's body.
///
/// # Errors
/// [`ServiceError`] when the body is not valid JSON for this request.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ServiceError> {
    serde_json::from_slice(body)
        .map_err(|error| ServiceError::client("SerializationException", error.to_string()))
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        // `DynamoDB`'s clients read `message`; some older clients read `Message`. AWS's `SerializationException` has
        // only the latter, and its `InternalFailure` has neither.
        let body = match self.code.as_str() {
            "SerializationException" => json!({"__type": self.code, "Message": self.message}),
            _ if self.message.is_empty() => json!({"__type": self.code}),
            _ => json!({"__type": self.code, "message": self.message, "Message": self.message}),
        };
        (self.status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body.to_string())
            .into_response()
    }
}
