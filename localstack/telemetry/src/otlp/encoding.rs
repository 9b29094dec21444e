//! OTLP over HTTP on the wire: its path, its two encodings, compression, and refusals (OTLP specification 1.x, "OTLP/HTTP
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

/// Where spans are posted (OTLP specification, "OTLP/HTTP Request").
pub(super) const TRACES_PATH: &str = "/v1/traces";
/// Bytes of a request, compressed or not, at most: the default of gRPC.
pub(super) const REQUEST_LIMIT: usize = 4 * 1024 * 1024;

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `application/x-protobuf`
    Protobuf,
    /// `application/json`
    Json,
}

impl Encoding {
    /// What the `Content-Type` says; none where it says something else.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let media_type = value(headers, &CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
        [Self::Protobuf, Self::Json]
            .into_iter()
            .find(|encoding| media_type.eq_ignore_ascii_case(encoding.media_type()))
    }

    /// Its name in `Content-Type`.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    /// A message that was written so.
    ///
    /// # Errors
    /// [`ExportError::Malformed`]
    pub(super) fn read<M: Message + Default + DeserializeOwned>(self, body: Bytes) -> Result<M, ExportError> {
        match self {
            Self::Protobuf => M::decode(body).map_err(|error| ExportError::Malformed(error.to_string())),
            Self::Json => {
                serde_json::from_slice(&body).map_err(|error| ExportError::Malformed(error.to_string()))
            }
        }
    }

    /// Writes a message.
    pub(super) fn write<M: Message + Serialize>(self, message: &M) -> Vec<u8> {
        match self {
            Self::Protobuf => message.encode_to_vec(),
            // A message has no map with keys other than text, which is all that could fail.
            Self::Json => serde_json::to_vec(message).unwrap_or_default(),
        }
    }
}

/// The body as it was before it was compressed.
///
/// # Errors
/// [`ExportError::UnknownCompression`], [`ExportError::TooLarge`], [`ExportError::Malformed`].
pub(super) fn decompressed(headers: &HeaderMap, body: Bytes) -> Result<Bytes, ExportError> {
    match value(headers, &CONTENT_ENCODING).trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body),
        "gzip" => inflated(&body),
        _ => Err(ExportError::UnknownCompression),
    }
}

fn inflated(body: &[u8]) -> Result<Bytes, ExportError> {
    // One byte more than allowed tells that there is more.
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

impl ExportError {
    /// The error in the encoding of the request; in JSON where that is what is wrong with it.
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
