//! Spans: out of `tracing`, into a buffer.

mod buffer;
mod ids;
mod resource;
mod sampler;

use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_semantic_conventions::SCHEMA_URL;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::export::Exporter;
use crate::metrics::NAMESPACE;
use crate::settings::SpanSettings;

pub(crate) use buffer::Buffer;
pub use buffer::MAX_SPANS;
pub(crate) use ids::with_trace_id;
pub(crate) use resource::resource;
pub(crate) use sampler::Decision;

/// The layer that turns spans at `INFO` and above, whatever is logged, into OpenTelemetry's, and leaves those that are
/// sampled in the buffer of `exporter`. Events are the log's alone: a line has the ids of its trace and span.
pub(crate) fn layer<S>(settings: &SpanSettings, exporter: &Exporter) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let provider = SdkTracerProvider::builder()
        .with_span_processor(buffer::Keeping(Arc::clone(exporter.buffer())))
        .with_id_generator(ids::Ids::default())
        .with_sampler(sampler::ParentThenRatio::new(settings.ratio))
        .with_resource(resource())
        .build();
    let scope = InstrumentationScope::builder(NAMESPACE)
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(SCHEMA_URL)
        .build();
    // What is left out would be attributes of every span that tell an operator nothing.
    OpenTelemetryLayer::new(provider.tracer_with_scope(scope))
        .with_location(false)
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(Spans)
}

/// Spans at `INFO` and above.
struct Spans;

impl Spans {
    fn take(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && *metadata.level() <= LevelFilter::INFO
    }
}

impl<S> Filter<S> for Spans {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        Self::take(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::take(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }
}
