//! Forwards calls of `DynamoDB` and of `DynamoDB` Streams to the engine's HTTP server, and announces writes to the
//! bridge.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, header};
use axum::response::Response;
use reqwest::Client;
use stack_base::account::REGION;
use stack_base::service_error::ServiceError;

use crate::table_arns::TableArns;
use crate::{Api, Changes};

/// Timeout for the engine's response. A scan of a large table takes longest.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The region in the engine's ARNs.
const ENGINE_REGION: &str = "dynoxide";

/// Request headers that the engine reads.
const REQUEST_HEADERS: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    HeaderName::from_static("x-amz-target"),
    HeaderName::from_static("x-amz-date"),
];
/// Response headers that a client reads.
const ANSWER_HEADERS: [HeaderName; 3] =
    [header::CONTENT_TYPE, HeaderName::from_static("x-amzn-requestid"), CRC32];
/// Checksum of the response body.
const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");

/// The HTTP client for the engine cannot be created.
#[derive(Debug, thiserror::Error)]
#[error("cannot create the HTTP client for DynamoDB: {0}")]
pub struct ProxyError(#[from] reqwest::Error);

/// Forwards calls to the engine.
pub struct DynamoDbProxy {
    client: Client,
    url: String,
    changes: Changes,
}

impl DynamoDbProxy {
    /// Creates a proxy to the engine at `address`. The proxy announces writes to `changes`.
    ///
    /// # Errors
    /// [`ProxyError`] when the HTTP client cannot be created.
    pub fn new(address: SocketAddr, changes: Changes) -> Result<Self, ProxyError> {
        let client = stack_base::http::client(TIMEOUT)?;
        Ok(Self { client, url: format!("http://{address}/"), changes })
    }

    /// Forwards a call and returns the engine's response.
    ///
    /// # Errors
    /// [`ServiceError`] when the call names a table of another account or region, or, with 500, when the engine does not
    /// respond.
    pub async fn forward(
        &self,
        api: Api,
        operation: &str,
        parts: &Parts,
        body: Bytes,
    ) -> Result<Response, ServiceError> {
        let (arns, body) = TableArns::take(operation, body)?;
        let body =
            if api == Api::Streams { with_region(operation, &body, REGION, ENGINE_REGION) } else { body };
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
            body.map_err(|error| ServiceError::server(format!("DynamoDB's response broke off: {error}")))?;
        let (mut body, mut is_unchanged) = arns.give_back(body);
        if api == Api::Streams || operation.ends_with("Table") {
            (body, is_unchanged) = (with_region(operation, &body, ENGINE_REGION, REGION), false);
        }
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

/// Replaces a region by another in the ARNs of a body, or in the change records of `GetRecords`. A quote in the data of an
/// item is escaped, so no data looks like the member `awsRegion`.
fn with_region(operation: &str, body: &Bytes, from: &str, to: &str) -> Bytes {
    let Ok(text) = std::str::from_utf8(body) else { return body.clone() };
    let with = |region: &str| match operation {
        "GetRecords" => format!("\"awsRegion\":\"{region}\""),
        _ => format!(":dynamodb:{region}:"),
    };
    Bytes::from(text.replace(&with(from), &with(to)))
}

/// True if an operation can change an item.
#[must_use]
pub fn writes(operation: &str) -> bool {
    let prefixes = ["Put", "Update", "Delete", "BatchWrite", "TransactWrite", "Execute", "BatchExecute"];
    prefixes.iter().any(|prefix| operation.starts_with(prefix))
}
