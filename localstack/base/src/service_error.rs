//! Errors in the shape of AWS's JSON protocols.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error answer: a status, an error code in `__type`, and a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// HTTP status.
    pub status: StatusCode,
    /// Error code, such as `ResourceNotFoundException`.
    pub code: String,
    /// What a person reads.
    pub message: String,
}

impl ServiceError {
    /// An error of the caller, 400.
    pub fn client(code: &str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.to_owned(), message: message.into() }
    }

    /// An error of the stack, 500.
    pub fn server(message: impl Into<String>) -> Self {
        let code = "InternalFailure".to_owned();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code, message: message.into() }
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        // DynamoDB's clients read `message`, some older ones `Message`.
        let body = json!({"__type": self.code, "message": self.message, "Message": self.message});
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let content_type = header::HeaderValue::from_static("application/x-amz-json-1.0");
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response
    }
}
