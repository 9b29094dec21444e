//! The trace that a request continues.

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::xray::TraceHeader;
use super::{TRACEPARENT, TRACESTATE, Tracestate, XRAY, w3c, xray};
use crate::invocation;
use crate::spans::{Decision, with_trace_id};

/// The trace to continue, and what its sender decided.
struct Origin {
    trace: TraceId,
    parent: Option<SpanId>,
    sampled: Option<bool>,
    state: Option<String>,
}

/// Makes `span` part of the trace that the request continues. `span` must not have been entered yet. The trace comes
/// from the first of these sources that exists:
/// 1. the span around `span`
/// 2. `traceparent` and `tracestate` in `headers`
/// 3. `X-Amzn-Trace-Id` in `headers`
/// 4. Lambda's trace header of the invocation
///
/// The sender of the header decides whether the trace is sampled. If the header has no decision, the ratio decides.
/// `Sampled=0` in Lambda's own header is not a decision, because Lambda sends it with most requests while active
/// tracing is off. The trace still has the id of Lambda's header then, and `span` is its first span.
pub fn continue_trace(span: &Span, headers: &HeaderMap) {
    if span.is_disabled() || Context::map_current(TraceContextExt::has_active_span) {
        return;
    }
    let Some(origin) = from_caller(headers).or_else(|| from_aws(headers)) else { return };
    let mut context = Context::new().with_value(Decision(origin.sampled));
    let state = origin.state.as_deref().and_then(|state| state.parse().ok()).unwrap_or(TraceState::NONE);
    if let Some(state) = origin.state {
        context = context.with_value(Tracestate(state));
    }
    // A span that has been entered before refuses a new parent. It keeps its own trace.
    if let Some(parent) = origin.parent {
        let flags = TraceFlags::default().with_sampled(origin.sampled == Some(true));
        let parent = SpanContext::new(origin.trace, parent, flags, true, state);
        span.set_parent(context.with_remote_span_context(parent)).ok();
    } else {
        span.set_parent(context).ok();
        with_trace_id(origin.trace, || span.context());
    }
}

/// Sets the attribute `name` of the current span. It is for an attribute of a single use case; the attributes of a frame
/// are fields of its span.
pub fn set_attribute(name: &'static str, value: i64) {
    Span::current().set_attribute(name, value);
}

/// Links `span` to the span in `traceparent`, if `traceparent` is valid.
pub fn link(span: &Span, traceparent: &str) {
    if let Some(origin) = w3c::parse_traceparent(traceparent).filter(|_| !span.is_disabled()) {
        span.add_link(origin);
    }
}

/// The `traceparent` in `headers`, formatted as version 00, if there is a valid one.
#[must_use]
pub fn caller_traceparent(headers: &HeaderMap) -> Option<String> {
    caller(headers).as_ref().map(w3c::format_traceparent)
}

/// The caller's span. Two `traceparent` headers are ignored, because it is unknown which one is right.
fn caller(headers: &HeaderMap) -> Option<SpanContext> {
    let mut found = headers.get_all(TRACEPARENT).iter();
    let header = found.next().filter(|_| found.next().is_none())?;
    header.to_str().ok().and_then(w3c::parse_traceparent)
}

fn from_caller(headers: &HeaderMap) -> Option<Origin> {
    let parent = caller(headers)?;
    // A header that is not text becomes an invalid member, which discards the whole list.
    let states = headers.get_all(TRACESTATE).iter().map(|header| header.to_str().unwrap_or("="));
    Some(Origin {
        trace: parent.trace_id(),
        parent: Some(parent.span_id()),
        sampled: Some(parent.is_sampled()),
        state: w3c::parse_tracestate(states),
    })
}

/// API Gateway adds a header with only a trace id to each request without one. If that id is the id of the invocation's
/// own trace header, the invocation's header is used, because it has more information.
fn from_aws(headers: &HeaderMap) -> Option<Origin> {
    let caller = headers.get(XRAY).and_then(|header| xray::parse(header.to_str().ok()?));
    let lambda = invocation::xray().and_then(|header| xray::parse(&header)).map(without_unsampled_segment);
    let more = |caller: &TraceHeader| {
        let bare = caller.parent.is_none() && caller.sampled.is_none();
        lambda.filter(|lambda| bare && lambda.trace == caller.trace)
    };
    let known = caller.map(|caller| more(&caller).unwrap_or(caller)).or(lambda)?;
    Some(Origin { trace: known.trace, parent: known.parent, sampled: known.sampled, state: None })
}

/// Removes the parent and the decision unless Lambda samples the trace, because only then Lambda's segment exists.
fn without_unsampled_segment(header: TraceHeader) -> TraceHeader {
    match header.sampled {
        Some(true) => header,
        Some(false) | None => TraceHeader { parent: None, sampled: None, ..header },
    }
}
