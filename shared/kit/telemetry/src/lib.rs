//! Logs, metrics and traces of a function, at no cost to the caller, who waits for its answer.
//!
//! [`start`] comes first in `main` and [`Telemetry::run`] last. Between them the function works in `tracing` spans
//! and events:
//! - each event becomes one line of JSON on standard output, where Lambda picks it up. One of them may carry
//!   [`Metrics`], which makes it a document of `CloudWatch`'s embedded metric format, too;
//! - each span at `INFO` or above becomes an OpenTelemetry span, where `OTEL_EXPORTER_OTLP_ENDPOINT` names a
//!   collector. Spans wait until the answer is posted and leave before the next event is asked for, so that the
//!   caller never waits for them and a frozen sandbox never holds any.

mod clock;
mod context;
mod export;
mod invocation;
mod logs;
mod metrics;
mod run;
mod settings;
mod spans;
mod start;

pub use context::{caller_traceparent, continue_trace, inject, link, traceparent};
pub use export::{FIRST_PAUSE, LAST_FLUSH, LONGEST_PAUSE, MAX_BATCH};
pub use invocation::{correlate, is_cold_start, request_id};
pub use metrics::{MAX_SAMPLES, Metric, Metrics};
pub use settings::{DEFAULT_FLUSH, MAX_FLUSH, SettingError};
pub use spans::MAX_SPANS;
pub use start::{Telemetry, start};
