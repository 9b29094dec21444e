//! The collector. It is called with the HTTP client that the SDK already includes.

use std::sync::OnceLock;
use std::time::Duration;

use aws_client::{ConfigError, Roots, connector};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::uri::Scheme;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};

use super::request::rejected;
use crate::settings::SpanSettings;

/// The maximum number of bytes of a response to read. The response says how many spans were rejected, and why.
const MAX_ANSWER: usize = 64 * 1024;

/// The address to which spans are posted. The connection is kept for the next export.
#[derive(Debug)]
pub(super) struct Collector {
    url: Uri,
    headers: HeaderMap,
    certificate: Option<String>,
    connector: OnceLock<Connector>,
}

/// Why spans were not exported. The error never has the request's headers, because they may hold a secret key.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// The root certificates cannot be used.
    #[error("the client for the collector cannot be built")]
    Client(#[from] ConfigError),
    /// The request cannot be built.
    #[error("the request to the collector cannot be built")]
    Request(#[from] HttpError),
    /// There was no response.
    #[error("the collector cannot be reached")]
    Unreachable(#[from] ConnectorError),
    /// There was no response in time.
    #[error("the collector took longer than {0:?}")]
    TooSlow(Duration),
    /// The response was incomplete or too large.
    #[error("the collector's response cannot be read")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The response has an error status.
    #[error("the collector answered {0}")]
    Refused(StatusCode),
}

impl ExportError {
    /// Whether a retry of the same request would fail again. OTLP defines the statuses that may be retried.
    ///
    /// Source: OTLP specification 1.8, "Failures" and "Retryable Response Codes".
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Refused(status) => !matches!(status.as_u16(), 429 | 502 | 503 | 504),
            Self::Request(_) => true,
            Self::Client(_) | Self::Unreachable(_) | Self::TooSlow(_) | Self::Answer(_) => false,
        }
    }
}

impl Collector {
    /// The collector in `settings`.
    pub(super) fn new(settings: &SpanSettings) -> Self {
        let SpanSettings { url, headers, certificate, .. } = settings.clone();
        let mut headers = headers;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        Self { url, headers, certificate, connector: OnceLock::new() }
    }

    /// Posts `body` and returns how many of its spans the collector rejected.
    pub(super) async fn send(&self, body: Bytes) -> Result<u64, ExportError> {
        let mut request = Request::new(SdkBody::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = self.connector()?.call(request.try_into()?).await?.try_into_http1x()?;
        let status = answer.status();
        // The response is read to its end, because otherwise the connection could not be reused.
        let answer =
            Limited::new(answer.into_body(), MAX_ANSWER).collect().await.map_err(ExportError::Answer)?;
        if status.is_success() { Ok(rejected(&answer.to_bytes())) } else { Err(ExportError::Refused(status)) }
    }

    /// The client. It is built at its first use, so certificates are read after the first response and not before it. A
    /// client without TLS needs no certificates.
    fn connector(&self) -> Result<&Connector, ConfigError> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let roots = match &self.certificate {
            _ if self.url.scheme() != Some(&Scheme::HTTPS) => Roots::None,
            Some(path) => Roots::Bundle { variable: "OTEL_EXPORTER_OTLP_CERTIFICATE", path },
            None => Roots::System,
        };
        let made = connector(roots)?;
        Ok(self.connector.get_or_init(|| made))
    }
}
