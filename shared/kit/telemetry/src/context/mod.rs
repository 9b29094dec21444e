//! The trace that an invocation belongs to: reading it from the headers of a request and writing it to the headers of a
//! response.
//!
//! W3C's `traceparent` and `tracestate` are parsed as Trace Context, level 1, requires. The propagator of
//! `opentelemetry_sdk` is not used, because it does not follow the standard: it accepts versions and flags with one
//! digit, signs, and tracestates that must be discarded, and it refuses vendor names of fourteen characters. An invalid
//! header is ignored.

mod incoming;
mod w3c;
mod xray;

pub use incoming::{caller_traceparent, continue_trace, link, set_attribute};

use http::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const XRAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The caller's `tracestate`, which is passed on.
#[derive(Debug, Clone)]
struct Tracestate(String);

/// The current span as a `traceparent`; `None` if there is no span.
#[must_use]
pub fn traceparent() -> Option<String> {
    current_span().as_ref().map(w3c::format_traceparent)
}

/// Writes the current span to `headers`, as `traceparent`, `tracestate` and `X-Amzn-Trace-Id`. Without a span,
/// `headers` stay unchanged.
pub fn inject(headers: &mut HeaderMap) {
    let Some(span) = current_span() else { return };
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

fn current_span() -> Option<SpanContext> {
    let span = Context::map_current(|context| context.span().span_context().clone());
    span.is_valid().then_some(span)
}
