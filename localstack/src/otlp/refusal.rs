//! Why an export request is refused, as OTLP over HTTP says it: a status, and `google.rpc.Status` in the request's own
//! encoding (OTLP specification, "Failures").

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prost::Message;
use serde::Serialize;

use super::encoding::{Encoding, REQUEST_LIMIT};
use crate::lambda::BodyError;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// `Content-Type` names neither of the two encodings.
    #[error("Content-Type must be application/x-protobuf or application/json")]
    UnknownEncoding,
    /// `Content-Encoding` names another compression than gzip.
    #[error("Content-Encoding must be gzip, or absent")]
    UnknownCompression,
    /// It has too many bytes, before or after decompression.
    #[error("the request has more than {REQUEST_LIMIT} bytes")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the request did not arrive in time")]
    TimedOut,
    /// It cannot be read.
    #[error("the request cannot be read: {0}")]
    Malformed(String),
}

/// `google.rpc.Status`, as far as OTLP uses it.
#[derive(Clone, PartialEq, Message, Serialize)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
}

impl Refusal {
    /// The refusal in the encoding of the request; in JSON where that is what is wrong with it.
    pub(super) fn response(&self, encoding: Option<Encoding>) -> Response {
        let encoding = encoding.unwrap_or(Encoding::Json);
        let status = match self {
            Self::UnknownEncoding | Self::UnknownCompression => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
        };
        let body = encoding.write(&Status { message: self.to_string() });
        (status, [(CONTENT_TYPE, encoding.media_type())], body).into_response()
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::TimedOut => Self::TimedOut,
            BodyError::Broken => Self::Malformed(error.to_string()),
        }
    }
}
