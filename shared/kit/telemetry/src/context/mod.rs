//! The trace that an invocation belongs to: out of the headers that it comes with, into those that it leaves with.
//!
//! W3C's `traceparent` and `tracestate` are read as Trace Context, level 1, has it, stricter than the propagator of
//! `opentelemetry_sdk`, which takes one-digit versions and flags, signs, and tracestates that are to be discarded, and
//! refuses vendors of fourteen characters. A header that cannot be read is as if it were not there.

mod incoming;
mod w3c;
mod xray;

pub use incoming::{caller_traceparent, continue_trace, link};

use http::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const XRAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// What a caller's `tracestate` said, as it is handed on.
#[derive(Debug, Clone)]
struct Tracestate(String);

/// The present span as a `traceparent`; nothing where there is no span.
#[must_use]
pub fn traceparent() -> Option<String> {
    present().as_ref().map(w3c::format_traceparent)
}

/// Names the present span in `headers`, where there is one: in `traceparent`, `tracestate` and `X-Amzn-Trace-Id`.
pub fn inject(headers: &mut HeaderMap) {
    let Some(span) = present() else { return };
    let state = Context::map_current(|context| context.get::<Tracestate>().map(|state| state.0.clone()));
    let values = [
        (TRACEPARENT, Some(w3c::format_traceparent(&span))),
        (TRACESTATE, state),
        (XRAY, xray::format(&span)),
    ];
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
