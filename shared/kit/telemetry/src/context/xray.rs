//! `X-Amzn-Trace-Id`: AWS X-Ray Developer Guide, "Tracing header".

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry_aws::trace::xray_propagator::{span_context_from_str, span_context_to_string};

/// What the header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct TraceHeader {
    /// `Root`.
    pub(super) trace: TraceId,
    /// `Parent`: API Gateway's has none.
    pub(super) parent: Option<SpanId>,
    /// `Sampled`: nothing where nobody has decided.
    pub(super) sampled: Option<bool>,
}

/// What `header` says. Of its other members, such as Lambda's `Lineage`, nothing is handed on.
pub(super) fn parse(header: &str) -> Option<TraceHeader> {
    let members = header.split(';').map(str::trim).filter_map(|member| member.split_once('='));
    let known: Vec<_> = members.filter(|(name, _)| ["Root", "Parent", "Sampled"].contains(name)).collect();
    if !known.iter().any(|(name, value)| *name == "Root" && is_root(value)) {
        return None;
    }
    let known: Vec<_> = known.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let span = span_context_from_str(&known.join(";"))?;
    Some(TraceHeader {
        trace: span.trace_id(),
        parent: Some(span.span_id()).filter(|parent| *parent != SpanId::INVALID),
        sampled: match span.trace_flags() {
            TraceFlags::SAMPLED => Some(true),
            TraceFlags::NOT_SAMPLED => Some(false),
            _ => None,
        },
    })
}

/// The header that makes `span` the parent.
pub(super) fn format(span: &SpanContext) -> Option<String> {
    let (trace, id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
    span_context_to_string(&SpanContext::new(trace, id, flags, false, TraceState::NONE))
}

/// A root is `1`, the seconds in eight digits, and 24 more; the parser would take other lengths for the same digits.
fn is_root(value: &str) -> bool {
    let lengths = value.split('-').map(str::len).eq([1, 8, 24]);
    lengths && value.starts_with("1-") && value.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
