//! OTLP over HTTP: its path, its two encodings, compression, and error responses (OTLP specification 1.x, "OTLP/HTTP
//! Request" and "Failures").

use std::io::Read;

use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stack_base::http::BodyError;

/// Path that clients post spans to (OTLP specification, "OTLP/HTTP Request").
pub(super) const TRACES_PATH: &str = "/v1/traces";
/// Maximum size of a request in bytes, compressed or not. It is gRPC's default.
pub(super) const REQUEST_LIMIT: usize = 4 * 1024 * 1024;

/// Encoding of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `application/x-protobuf`
    Protobuf,
    /// `application/json`
    Json,
}

impl Encoding {
    /// The encoding in `Content-Type`; `None` for an unknown media type.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let media_type = value(headers, &CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
        [Self::Protobuf, Self::Json]
            .into_iter()
            .find(|encoding| media_type.eq_ignore_ascii_case(encoding.media_type()))
    }

    /// Media type of the encoding in `Content-Type`.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    /// Decodes a message.
    ///
    /// # Errors
    /// [`ExportError::Malformed`] when decoding fails.
    pub(super) fn read<M: Message + Default + DeserializeOwned>(self, body: Bytes) -> Result<M, ExportError> {
        match self {
            Self::Protobuf => M::decode(body).map_err(|error| ExportError::Malformed(error.to_string())),
            Self::Json => {
                serde_json::from_slice(&body).map_err(|error| ExportError::Malformed(error.to_string()))
            }
        }
    }

    /// Encodes a message.
    pub(super) fn write<M: Message + Serialize>(self, message: &M) -> Vec<u8> {
        match self {
            Self::Protobuf => message.encode_to_vec(),
            // Encoding to JSON fails only for maps with non-text keys, which a message does not have.
            Self::Json => serde_json::to_vec(message).unwrap_or_default(),
        }
    }
}

/// Returns the decompressed body.
///
/// # Errors
/// [`ExportError::UnknownCompression`], [`ExportError::TooLarge`] or [`ExportError::Malformed`].
pub(super) fn decompressed(headers: &HeaderMap, body: Bytes) -> Result<Bytes, ExportError> {
    match value(headers, &CONTENT_ENCODING).trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body),
        "gzip" => inflated(&body),
        _ => Err(ExportError::UnknownCompression),
    }
}

fn inflated(body: &[u8]) -> Result<Bytes, ExportError> {
    // Reads one byte more than the limit, which reveals a body that is too large.
    let limit = REQUEST_LIMIT as u64 + 1;
    let mut inflated = Vec::new();
    let read = MultiGzDecoder::new(body).take(limit).read_to_end(&mut inflated);
    read.map_err(|error| ExportError::Malformed(error.to_string()))?;
    if inflated.len() > REQUEST_LIMIT { Err(ExportError::TooLarge) } else { Ok(inflated.into()) }
}

fn value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExportError {
    /// `Content-Type` names neither encoding.
    #[error("Content-Type must be application/x-protobuf or application/json")]
    UnknownEncoding,
    /// `Content-Encoding` names a compression other than gzip.
    #[error("Content-Encoding must be gzip, or absent")]
    UnknownCompression,
    /// The request has too many bytes, before or after decompression.
    #[error("the request has more than {REQUEST_LIMIT} bytes")]
    TooLarge,
    /// The request did not arrive in time.
    #[error("the request did not arrive in time")]
    TimedOut,
    /// The request cannot be decoded.
    #[error("cannot decode the request: {0}")]
    Malformed(String),
}

/// `google.rpc.Status`, reduced to the field that OTLP uses.
#[derive(Clone, PartialEq, Message, Serialize)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
}

impl ExportError {
    /// The error response in the encoding of the request, or in JSON if that encoding is unknown.
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

impl From<BodyError> for ExportError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::TimedOut => Self::TimedOut,
            BodyError::Broken => Self::Malformed(error.to_string()),
        }
    }
}
