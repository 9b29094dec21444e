//! The spans of a test, as an exporter receives them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, Status, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry};

use crate::logged;

/// A span that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedSpan {
    /// The span's name.
    pub name: String,
    /// The span's own id, as 16 hexadecimal digits.
    pub id: String,
    /// The id of the parent span; zeros for the first span of a trace.
    pub parent: String,
    /// The linked spans, each as a `traceparent`.
    pub links: Vec<String>,
    /// Whether the status is an error.
    pub is_error: bool,
    /// The attributes. Each value is a text.
    pub attributes: BTreeMap<String, String>,
}

impl ExportedSpan {
    /// The values of the attributes `names`.
    #[must_use]
    pub fn attributes<const N: usize>(&self, names: [&str; N]) -> [&str; N] {
        names.map(|name| {
            self.attributes.get(name).unwrap_or_else(|| panic!("{name} is missing: {self:?}")).as_str()
        })
    }
}

/// Runs `work`. Returns its result and its spans, in the order in which they ended.
///
/// [`logged`] installs the subscriber of the process. Without that subscriber, another test could disable a span for all
/// tests.
pub async fn exported_spans<T>(work: impl Future<Output = T>) -> (T, Vec<ExportedSpan>) {
    let ended = EndedSpans::default();
    let provider = SdkTracerProvider::builder().with_span_processor(ended.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // The layer of a function ignores events too. Otherwise an event with the field `error` marks its span as failed.
    let layer = layer.with_filter(filter_fn(|metadata| !metadata.is_event()));
    let subscriber = Dispatch::new(Registry::default().with(layer));
    let (result, _) = logged(work.with_subscriber(subscriber)).await;
    let spans = std::mem::take(&mut *ended.0.lock().unwrap());
    (result, spans)
}

/// Keeps the spans that have ended.
#[derive(Debug, Clone, Default)]
struct EndedSpans(Arc<Mutex<Vec<ExportedSpan>>>);

impl SpanProcessor for EndedSpans {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let attributes = span.attributes.into_iter();
        let exported = ExportedSpan {
            name: span.name.into_owned(),
            id: span.span_context.span_id().to_string(),
            parent: span.parent_span_id.to_string(),
            links: span.links.iter().map(|link| traceparent(&link.span_context)).collect(),
            is_error: matches!(span.status, Status::Error { .. }),
            attributes: attributes.map(|pair| (pair.key.to_string(), pair.value.to_string())).collect(),
        };
        self.0.lock().unwrap().push(exported);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn traceparent(context: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags())
}
