//! Why spans were not exported.

use std::time::Duration;

use aws_client::ConfigError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::HttpError;
use http::StatusCode;
use opentelemetry_sdk::error::OTelSdkError;

/// Why spans were not exported. The error never has the request's headers, because they may hold a secret key.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// The root certificates cannot be used.
    #[error("the client for the collector cannot be built")]
    Client(#[from] ConfigError),
    /// The exporter did not encode the spans.
    #[error("the spans cannot be encoded")]
    Encoding(#[from] OTelSdkError),
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
    #[error("the collector answered {status}")]
    Refused {
        /// The status of the response.
        status: StatusCode,
        /// How long the collector asks to wait before the next request.
        retry_after: Option<Duration>,
    },
}

impl ExportError {
    /// Whether a retry of the same request would fail again. OTLP defines the statuses that may be retried.
    ///
    /// Source: OTLP specification 1.8, "Failures" and "Retryable Response Codes".
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Refused { status, .. } => !matches!(status.as_u16(), 429 | 502 | 503 | 504),
            Self::Request(_) | Self::Encoding(_) => true,
            Self::Client(_) | Self::Unreachable(_) | Self::TooSlow(_) | Self::Answer(_) => false,
        }
    }

    /// How long the collector asks to wait.
    ///
    /// Source: OTLP specification 1.8, "OTLP/HTTP Throttling".
    pub(super) fn retry_after(&self) -> Duration {
        match self {
            Self::Refused { retry_after: Some(wait), .. } => *wait,
            _ => Duration::ZERO,
        }
    }
}
