//! Ids that X-Ray takes, and a trace's id that is given.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_aws::trace::XrayIdGenerator;
use opentelemetry_sdk::trace::IdGenerator;

thread_local! {
    static GIVEN: Cell<Option<TraceId>> = const { Cell::new(None) };
}

/// Calls `start`, in which a span without a parent gets `trace` for its trace's id: a tracer makes one of its own
/// otherwise, and `X-Amzn-Trace-Id` can name a trace without a parent.
pub(crate) fn with_trace_id<T>(trace: TraceId, start: impl FnOnce() -> T) -> T {
    GIVEN.set(Some(trace));
    let started = start();
    GIVEN.take();
    started
}

/// Trace ids begin with the time, which X-Ray asks for.
#[derive(Debug, Default)]
pub(super) struct Ids(XrayIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        GIVEN.take().unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}
