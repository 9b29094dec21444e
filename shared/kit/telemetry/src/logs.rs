//! Logs: one line of JSON for each event, with the event's fields and the ids of its context.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::Write as _;

use opentelemetry::Context as TraceContext;
use opentelemetry::trace::TraceContextExt;
use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};

use crate::member::append_member;
use crate::metrics::Members;
use crate::{clock, invocation};

/// The event field that may hold [`Metrics`](crate::Metrics).
const METRICS: &str = "metrics";

/// The layer that passes log lines to `write`: lines of `level` or above, and lines with metrics at any level. The
/// metrics are declared in `namespace`.
pub(crate) fn layer<S>(
    namespace: String,
    level: LevelFilter,
    write: impl Fn(&[u8]) + Send + Sync + 'static,
) -> impl Layer<S>
where
    S: Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    LogLayer { namespace, level, write }.with_filter(LogFilter(level))
}

struct LogLayer<W> {
    namespace: String,
    level: LevelFilter,
    write: W,
}

impl<S: Subscriber, W: Fn(&[u8]) + 'static> Layer<S> for LogLayer<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = LogLine::new(event.metadata(), &self.namespace);
        event.record(&mut line);
        if line.has_metrics || *event.metadata().level() <= self.level {
            (self.write)(&line.end());
        }
    }
}

/// Selects events of a level or above, and events that may have metrics. Spans are left to the span layer.
struct LogFilter(LevelFilter);

impl LogFilter {
    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && (*metadata.level() <= self.0 || metadata.fields().field(METRICS).is_some())
    }
}

impl<S> Filter<S> for LogFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.takes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.takes(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.max(LevelFilter::INFO))
    }
}

/// The initial capacity of a line, in bytes. Most lines fit.
const TYPICAL_LINE: usize = 512;

/// A line that is being written. `timestamp` (RFC 3339) and `level` come first, because Lambda filters by them. The ids
/// of the trace, span, request and conversation follow, and then the event's own fields.
struct LogLine<'n> {
    json: Vec<u8>,
    /// The namespace in which metrics are declared.
    namespace: &'n str,
    has_metrics: bool,
}

impl<'n> LogLine<'n> {
    /// Starts the line of an event with `metadata`. The line does not have the event's fields yet.
    fn new(metadata: &Metadata<'_>, namespace: &'n str) -> Self {
        let mut json = Vec::with_capacity(TYPICAL_LINE);
        let (now, level) = (clock::now(), metadata.level());
        write!(json, r#"{{"timestamp":"{now}","level":"{level}""#).ok();
        let mut line = Self { json, namespace, has_metrics: false };
        // The target shows which code reports a problem. A normal line does not need it.
        if *level != Level::INFO {
            line.member("target", metadata.target());
        }
        line.trace();
        // If the event has a field of the same name, that field is more exact.
        invocation::ids(|name, id| {
            if metadata.fields().field(name).is_none() {
                line.member(name, id);
            }
        });
        line
    }

    fn trace(&mut self) {
        TraceContext::map_current(|context| {
            let span = context.span();
            let ids = span.span_context();
            if ids.is_valid() {
                write!(self.json, r#","trace_id":"{}","span_id":"{}""#, ids.trace_id(), ids.span_id()).ok();
            }
        });
    }

    /// The complete line, including the line break.
    fn end(mut self) -> Vec<u8> {
        self.json.extend_from_slice(b"}\n");
        self.json
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        append_member(&mut self.json, name, value);
    }
}

impl Visit for LogLine<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field.name(), value);
    }

    /// Writes metrics, or an error with all its sources.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if let Some(metrics) = value.downcast_ref::<Members>() {
            self.has_metrics = true;
            return metrics.append(&mut self.json, self.namespace);
        }
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(error) = source {
            write!(text, ": {error}").ok();
            source = error.source();
        }
        self.member(field.name(), &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.member(field.name(), &format!("{value:?}"));
    }
}
