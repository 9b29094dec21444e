//! What those are told who come after.

use http::header::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::{TRACEPARENT, TRACESTATE, Tracestate, XRAY, traceparent as w3c, xray};

/// The present span as a `traceparent`; nothing where there is no span.
#[must_use]
pub fn traceparent() -> Option<String> {
    present().as_ref().map(w3c::format)
}

/// Names the present span in `headers`, where there is one: in `traceparent`, `tracestate` and `X-Amzn-Trace-Id`.
pub fn inject(headers: &mut HeaderMap) {
    let Some(span) = present() else { return };
    let state = Context::map_current(|context| context.get::<Tracestate>().map(|state| state.0.clone()));
    let values = [(TRACEPARENT, Some(w3c::format(&span))), (TRACESTATE, state), (XRAY, xray::format(&span))];
    for (name, value) in values {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
}

fn present() -> Option<SpanContext> {
    let span = Context::map_current(|context| context.span().span_context().clone());
    span.is_valid().then_some(span)
}
