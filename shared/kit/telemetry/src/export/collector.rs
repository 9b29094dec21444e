//! The collector, over the HTTP client that the SDK brings anyway.

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

/// The most bytes of an answer that are read: it says how many spans were refused, and why.
const MAX_ANSWER: usize = 64 * 1024;

/// Where spans are posted. The connection is kept for the next time.
#[derive(Debug)]
pub(super) struct Collector {
    url: Uri,
    headers: HeaderMap,
    certificate: Option<String>,
    connector: OnceLock<Connector>,
}

/// Why spans have not been sent. What the collector was sent, a key in a header above all, is not in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    /// The roots of trust cannot be used.
    #[error("there is no client for the collector")]
    Client(#[from] ConfigError),
    /// No request can be made of it.
    #[error("there is no request for the collector")]
    Request(#[from] HttpError),
    /// There was no answer.
    #[error("the collector cannot be reached")]
    Unreachable(#[from] ConnectorError),
    /// There was no answer in time.
    #[error("the collector took longer than {0:?}")]
    TooSlow(Duration),
    /// The answer ended before its end, or had none.
    #[error("the collector's answer cannot be read")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is a refusal.
    #[error("the collector answered {0}")]
    Refused(StatusCode),
}

impl Unsent {
    /// Whether the same request would fail again. OTLP names the answers that promise something else.
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

    /// Posts `body`; how many of its spans the collector has refused.
    pub(super) async fn send(&self, body: Bytes) -> Result<u64, Unsent> {
        let mut request = Request::new(SdkBody::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = self.connector()?.call(request.try_into()?).await?.try_into_http1x()?;
        let status = answer.status();
        // It is read to its end, or its connection could not be used again.
        let answer = Limited::new(answer.into_body(), MAX_ANSWER).collect().await.map_err(Unsent::Answer)?;
        if status.is_success() { Ok(rejected(&answer.to_bytes())) } else { Err(Unsent::Refused(status)) }
    }

    /// The client, made at its first use: certificates are read after an answer, not before it. Without TLS none are.
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
