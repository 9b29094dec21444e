//! Passing `DynamoDB` calls on to the engine's own HTTP server, and telling the bridge about writes.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, header};
use axum::response::Response;
use reqwest::Client;
use stack_base::account::REGION;
use stack_base::service_error::ServiceError;

use crate::Changes;

/// Longest wait for the engine's answer; a scan of a large table is the slowest.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Request headers the engine reads.
const REQUEST_HEADERS: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    HeaderName::from_static("x-amz-target"),
    HeaderName::from_static("x-amz-date"),
];
/// Answer headers a client reads.
const ANSWER_HEADERS: [HeaderName; 3] =
    [header::CONTENT_TYPE, HeaderName::from_static("x-amzn-requestid"), CRC32];
/// Checksum of the body.
const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");

/// The client to the engine cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the client to DynamoDB cannot be made: {0}")]
pub struct ProxyError(#[from] reqwest::Error);

/// The way to the engine.
pub struct DynamoDbProxy {
    client: Client,
    url: String,
    changes: Changes,
}

impl DynamoDbProxy {
    /// A proxy to the engine at `address`; writes are announced to `changes`.
    ///
    /// # Errors
    /// [`ProxyError`].
    pub fn new(address: SocketAddr, changes: Changes) -> Result<Self, ProxyError> {
        let client = stack_base::http::client(TIMEOUT)?;
        Ok(Self { client, url: format!("http://{address}/"), changes })
    }

    /// Passes a call on and its answer back.
    ///
    /// # Errors
    /// [`ServiceError`], 500, when the engine does not answer.
    pub async fn forward(
        &self,
        operation: &str,
        parts: &Parts,
        body: Bytes,
    ) -> Result<Response, ServiceError> {
        let mut request = self.client.post(&self.url).body(body);
        for name in REQUEST_HEADERS {
            if let Some(value) = parts.headers.get(&name) {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await;
        if writes(operation) {
            self.changes.announce();
        }
        let answer =
            answer.map_err(|error| ServiceError::server(format!("DynamoDB did not answer: {error}")))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await;
        let body =
            body.map_err(|error| ServiceError::server(format!("DynamoDB broke off its answer: {error}")))?;
        let (body, is_unchanged) = with_local_arns(operation, body);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        for name in ANSWER_HEADERS.into_iter().filter(|name| is_unchanged || *name != CRC32) {
            if let Some(value) = headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        Ok(response)
    }
}

/// Puts the stack's region into the ARNs of an answer that describes a table; whether the body stays as it was.
fn with_local_arns(operation: &str, body: Bytes) -> (Bytes, bool) {
    if !operation.ends_with("Table") {
        return (body, true);
    }
    match std::str::from_utf8(&body) {
        Ok(text) => {
            (Bytes::from(text.replace(":dynamodb:dynoxide:", &format!(":dynamodb:{REGION}:"))), false)
        }
        Err(_) => (body, true),
    }
}

/// Whether an operation can change an item.
#[must_use]
pub fn writes(operation: &str) -> bool {
    let prefixes = ["Put", "Update", "Delete", "BatchWrite", "TransactWrite", "Execute", "BatchExecute"];
    prefixes.iter().any(|prefix| operation.starts_with(prefix))
}
