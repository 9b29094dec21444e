//! Spans: from `tracing` to a buffer of OpenTelemetry spans.

mod buffer;
mod sampler;

use std::cell::Cell;
use std::env;
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_aws::detector::LambdaResourceDetector;
use opentelemetry_aws::trace::XrayIdGenerator;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{IdGenerator, SdkTracerProvider};
use opentelemetry_semantic_conventions::SCHEMA_URL;
use opentelemetry_semantic_conventions::attribute::{SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_VERSION};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::settings::SpanSettings;

pub(crate) use buffer::Buffer;
pub use buffer::MAX_SPANS;
pub(crate) use sampler::Decision;

/// The layer that converts spans at `INFO` and above to OpenTelemetry spans, and adds the sampled ones to `buffer`. The
/// log level has no effect on spans. Events are not added to spans, because a log line already has the ids of its trace
/// and span. `namespace` is the name of the tracer.
pub(crate) fn layer<S>(
    namespace: &'static str,
    settings: &SpanSettings,
    buffer: &Arc<Buffer>,
) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let provider = SdkTracerProvider::builder()
        .with_span_processor(buffer::BufferProcessor(Arc::clone(buffer)))
        .with_id_generator(XrayIds::default())
        .with_sampler(sampler::ParentThenRatio::new(settings.ratio))
        // The exporter adds the resource to the spans.
        .with_resource(Resource::builder_empty().build())
        .build();
    let scope = InstrumentationScope::builder(namespace)
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(SCHEMA_URL)
        .build();
    // These options would add attributes to every span that do not help an operator.
    OpenTelemetryLayer::new(provider.tracer_with_scope(scope))
        .with_location(false)
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(SpanFilter)
}

/// Selects spans at `INFO` and above.
struct SpanFilter;

impl SpanFilter {
    fn take(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && *metadata.level() <= LevelFilter::INFO
    }
}

impl<S> Filter<S> for SpanFilter {
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

/// The resource of all spans: the function as Lambda describes it (`faas.*` with its version and its memory in bytes,
/// and `cloud.*`), as a service with the function's name in `namespace`. `OTEL_SERVICE_NAME` and
/// `OTEL_RESOURCE_ATTRIBUTES` override these attributes.
pub(crate) fn resource(namespace: &'static str) -> Resource {
    let of_package = [(SERVICE_NAMESPACE, namespace), (SERVICE_VERSION, env!("CARGO_PKG_VERSION"))];
    let of_package = of_package.map(|(name, value)| KeyValue::new(name, value));
    let name = env::var("OTEL_SERVICE_NAME").or_else(|_| env::var("AWS_LAMBDA_FUNCTION_NAME")).ok();
    Resource::builder_empty()
        .with_schema_url(of_package, SCHEMA_URL)
        .with_detectors(&[
            Box::new(TelemetryResourceDetector),
            Box::new(LambdaResourceDetector),
            Box::new(EnvResourceDetector::new()),
        ])
        .with_attributes(name.map(|name| KeyValue::new(SERVICE_NAME, name)))
        .build()
}

thread_local! {
    static NEXT_TRACE_ID: Cell<Option<TraceId>> = const { Cell::new(None) };
}

/// Calls `start`. A span without a parent that `start` creates gets the trace id `trace`. Otherwise the tracer would
/// make a new id, but `X-Amzn-Trace-Id` can name a trace without a parent.
pub(crate) fn with_trace_id<T>(trace: TraceId, start: impl FnOnce() -> T) -> T {
    NEXT_TRACE_ID.set(Some(trace));
    let started = start();
    NEXT_TRACE_ID.take();
    started
}

/// Makes trace ids that start with the time, as X-Ray requires.
#[derive(Debug, Default)]
struct XrayIds(XrayIdGenerator);

impl IdGenerator for XrayIds {
    fn new_trace_id(&self) -> TraceId {
        NEXT_TRACE_ID.take().unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}
