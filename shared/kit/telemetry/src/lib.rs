//! Logs, metrics and traces of a function. The caller never waits for telemetry.
//!
//! `main` calls [`start`] first and [`Telemetry::run`] last. In between, the function uses `tracing` spans and events:
//! - Each event becomes one line of JSON on standard output, which Lambda collects. An event may have [`Metrics`],
//!   which make its line a document in `CloudWatch`'s embedded metric format as well.
//! - Each span at `INFO` or above becomes an OpenTelemetry span, if `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector.
//!   Spans are buffered until the response is posted, and exported before the function asks for the next event. The
//!   caller therefore never waits for an export, and a frozen sandbox holds no spans.

mod clock;
mod context;
mod export;
mod invocation;
mod logs;
mod member;
mod metric;
mod metrics;
mod names;
mod run;
mod settings;
mod spans;
mod start;

pub use context::{caller_traceparent, continue_trace, inject, link, set_attribute, traceparent};
pub use export::{FIRST_PAUSE, LAST_FLUSH, LONGEST_PAUSE, MAX_BATCH};
pub use invocation::{correlate, count, invocation, is_cold_start, request_id, time_left};
pub use metric::Metric;
pub use metrics::{MAX_SAMPLES, Metrics};
pub use names::{operation, span_name};
pub use settings::{DEFAULT_FLUSH, MAX_FLUSH, SettingError};
pub use spans::MAX_SPANS;
pub use start::{Telemetry, start};
