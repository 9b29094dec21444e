//! What trace a request continues.

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::xray::TraceHeader;
use super::{TRACEPARENT, TRACESTATE, Tracestate, XRAY, w3c, xray};
use crate::invocation;
use crate::spans::{Decision, with_trace_id};

/// Where a trace comes from.
struct Origin {
    trace: TraceId,
    parent: Option<SpanId>,
    sampled: Option<bool>,
    state: Option<String>,
}

/// Makes `span`, which has not been entered yet, a part of the trace that goes on here: that of the span around it; or
/// else of `traceparent` and `tracestate` in `headers`; or else of `X-Amzn-Trace-Id` there; or else of the invocation
/// itself.
///
/// Whoever is named there and says whether the trace is sampled decides it; where nobody says so, the ratio decides.
/// Lambda's own `Sampled=0` says nothing: where active tracing is off, it comes with most requests, which nobody has
/// looked at. The trace's id is Lambda's then all the same, and the span its first.
pub fn continue_trace(span: &Span, headers: &HeaderMap) {
    if span.is_disabled() || Context::map_current(TraceContextExt::has_active_span) {
        return;
    }
    let Some(origin) = of_caller(headers).or_else(|| of_aws(headers)) else { return };
    let mut context = Context::new().with_value(Decision(origin.sampled));
    let state = origin.state.as_deref().and_then(|state| state.parse().ok()).unwrap_or(TraceState::NONE);
    if let Some(state) = origin.state {
        context = context.with_value(Tracestate(state));
    }
    // A span that refuses its parent has been entered before; it stays what it is.
    if let Some(parent) = origin.parent {
        let flags = TraceFlags::default().with_sampled(origin.sampled == Some(true));
        let parent = SpanContext::new(origin.trace, parent, flags, true, state);
        span.set_parent(context.with_remote_span_context(parent)).ok();
    } else {
        span.set_parent(context).ok();
        with_trace_id(origin.trace, || span.context());
    }
}

/// Links `span` to the one that `traceparent` names, if it names one.
pub fn link(span: &Span, traceparent: &str) {
    if let Some(origin) = w3c::parse_traceparent(traceparent).filter(|_| !span.is_disabled()) {
        span.add_link(origin);
    }
}

/// The `traceparent` in `headers`, where it can be read, as one of version 00.
#[must_use]
pub fn caller_traceparent(headers: &HeaderMap) -> Option<String> {
    caller(headers).as_ref().map(w3c::format_traceparent)
}

/// The caller's span. Two headers of that name are as none: nobody knows which is right.
fn caller(headers: &HeaderMap) -> Option<SpanContext> {
    let mut found = headers.get_all(TRACEPARENT).iter();
    let header = found.next().filter(|_| found.next().is_none())?;
    header.to_str().ok().and_then(w3c::parse_traceparent)
}

fn of_caller(headers: &HeaderMap) -> Option<Origin> {
    let parent = caller(headers)?;
    // A header that is no text is an empty member, and as such discards the list.
    let states = headers.get_all(TRACESTATE).iter().map(|header| header.to_str().unwrap_or("="));
    Some(Origin {
        trace: parent.trace_id(),
        parent: Some(parent.span_id()),
        sampled: Some(parent.is_sampled()),
        state: w3c::parse_tracestate(states),
    })
}

/// API Gateway puts a header of its own into each request that has none, with nothing but a trace's id. Where it is
/// that of the invocation, the invocation knows more.
fn of_aws(headers: &HeaderMap) -> Option<Origin> {
    let caller = headers.get(XRAY).and_then(|header| xray::parse(header.to_str().ok()?));
    let lambda = invocation::xray().and_then(|header| xray::parse(&header)).map(of_lambda);
    let more = |caller: &TraceHeader| {
        let bare = caller.parent.is_none() && caller.sampled.is_none();
        lambda.filter(|lambda| bare && lambda.trace == caller.trace)
    };
    let known = caller.map(|caller| more(&caller).unwrap_or(caller)).or(lambda)?;
    Some(Origin { trace: known.trace, parent: known.parent, sampled: known.sampled, state: None })
}

/// Lambda's segments are there only where it samples.
fn of_lambda(header: TraceHeader) -> TraceHeader {
    match header.sampled {
        Some(true) => header,
        Some(false) | None => TraceHeader { parent: None, sampled: None, ..header },
    }
}
