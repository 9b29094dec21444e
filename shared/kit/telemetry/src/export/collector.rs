//! The collector: `opentelemetry-otlp` encodes the spans, and [`CollectorClient`] sends them.

use std::sync::Arc;

use opentelemetry_http::{Bytes, Request};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};

use super::client::{CollectorClient, rejected_spans};
use super::error::ExportError;
use crate::settings::SpanSettings;

/// What is sent in one request.
#[derive(Debug)]
pub(super) enum SpanBatch {
    /// Spans that have not been sent yet.
    New(Vec<SpanData>),
    /// The request of a batch that got no answer. The batch is encoded once, however often it is sent.
    Unanswered(Box<Request<Bytes>>),
}

/// The collector to which spans are posted.
#[derive(Debug)]
pub(super) struct Collector {
    exporter: SpanExporter,
    client: Arc<CollectorClient>,
}

impl Collector {
    /// The collector in `settings`, for spans of `resource`. The exporter does not retry, because it would wait for the
    /// retry while the function is billed. The client keeps the batch until the next export.
    ///
    /// # Errors
    /// An error if the exporter does not accept a variable of OTLP.
    pub(super) fn new(resource: &Resource, settings: &SpanSettings) -> Result<Self, ExporterBuildError> {
        let client = Arc::new(CollectorClient::new(settings));
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_shared_http_client(Arc::clone(&client) as _)
            .with_endpoint(settings.url.to_string())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(settings.timeout)
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        exporter.set_resource(resource);
        Ok(Self { exporter, client })
    }

    /// Sends `batch` and returns how many of its spans the collector rejected.
    pub(super) async fn send(&self, batch: SpanBatch) -> Result<u64, ExportError> {
        let sent = match batch {
            SpanBatch::New(spans) => self.exporter.export(spans).await,
            SpanBatch::Unanswered(request) => return rejected_spans(&self.client.send(*request).await?),
        };
        self.client.take_result().unwrap_or_else(|| sent.map(|()| 0).map_err(ExportError::Encoding))
    }

    /// The batch that has no answer yet.
    pub(super) fn unanswered(&self) -> Option<SpanBatch> {
        self.client.unanswered().map(|request| SpanBatch::Unanswered(Box::new(request)))
    }

    /// Removes the batch that has no answer yet.
    pub(super) fn forget(&self) {
        self.client.forget();
    }
}
