//! The request as API Gateway reads it, with its limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, HOST};
use axum::http::request::Parts;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use stack_base::http::{BodyError, collect};
use stack_lambda::new_trace;

use super::reply::GatewayError;

/// Maximum number of bytes of the request line and all header values (HTTP API quota).
const HEAD_LIMIT: usize = 10_240;
/// Maximum number of bytes of a body (HTTP API quota).
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// Time limit for receiving a body.
const READ_LIMIT: Duration = Duration::from_secs(30);
/// Name of the trace header.
const TRACE: &str = "x-amzn-trace-id";

/// A completely received request.
#[derive(Debug)]
pub(super) struct ReceivedRequest {
    pub(super) head: Parts,
    /// The decoded path.
    pub(super) path: String,
    pub(super) body: Bytes,
}

impl ReceivedRequest {
    /// The first value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The caller's trace, or a new one.
    pub(super) fn trace(&self) -> String {
        let given = self.header(TRACE).filter(|value| value.contains("Root="));
        given.map_or_else(new_trace, str::to_owned)
    }

    /// The caller's address. Without a socket, as in some tests, it is the loopback address.
    pub(super) fn source_ip(&self) -> IpAddr {
        let peer = self.head.extensions.get::<ConnectInfo<SocketAddr>>();
        peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip())
    }

    /// Host name and port from the request.
    pub(super) fn host(&self) -> (&str, &str) {
        let host = self.header(HOST.as_str()).unwrap_or("localhost");
        host.rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
            .unwrap_or((host, "80"))
    }
}

/// Checks the size of the request line and the headers.
///
/// # Errors
/// [`GatewayError::HeadersTooLarge`] when the limit is exceeded.
pub(super) fn check_size(head: &Parts) -> Result<(), GatewayError> {
    let target = head.uri.path_and_query().map_or(1, |target| target.as_str().len());
    let line = head.method.as_str().len() + target + "  HTTP/1.1".len();
    let values: usize = head.headers.values().map(HeaderValue::len).sum();
    if line + values > HEAD_LIMIT { Err(GatewayError::HeadersTooLarge) } else { Ok(()) }
}

/// Reads the whole body.
///
/// # Errors
/// [`GatewayError::RequestTooLarge`] (without reading if the announced length is too large),
/// [`GatewayError::RequestTimeout`] or [`GatewayError::BadRequest`].
pub(super) async fn read_body(head: &Parts, body: Body) -> Result<Bytes, GatewayError> {
    let announced = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > BODY_LIMIT) {
        return Err(GatewayError::RequestTooLarge);
    }
    collect(body, BODY_LIMIT, READ_LIMIT).await.map_err(|error| match error {
        BodyError::TooLarge => GatewayError::RequestTooLarge,
        BodyError::TimedOut => GatewayError::RequestTimeout,
        BodyError::Broken => GatewayError::BadRequest,
    })
}

/// Decodes a path. As in API Gateway, an encoded `?` ends the path.
pub(super) fn decode_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.split_once('?').map_or(&*decoded, |(path, _)| path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::decode_path;

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(decode_path("/orders/a%20b+c%252F"), "/orders/a b+c%2F");
    }

    #[test]
    fn an_encoded_question_mark_ends_the_path() {
        assert_eq!(decode_path("/orders/1%3Fadmin=true"), "/orders/1");
    }
}
