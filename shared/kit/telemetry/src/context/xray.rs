//! `X-Amzn-Trace-Id`: AWS X-Ray Developer Guide, "Tracing header".

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry_aws::trace::xray_propagator::{span_context_from_str, span_context_to_string};

/// The content of the header.
#[derive(Debug, Clone, Copy)]
pub(super) struct TraceHeader {
    /// `Root`.
    pub(super) trace: TraceId,
    /// `Parent`. API Gateway's header has none.
    pub(super) parent: Option<SpanId>,
    /// `Sampled`; `None` if there is no decision.
    pub(super) sampled: Option<bool>,
}

/// Parses `header`. Other members, such as Lambda's `Lineage`, are ignored and not passed on.
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

/// Formats the header that makes `span` the parent.
pub(super) fn format(span: &SpanContext) -> Option<String> {
    let (trace, id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
    span_context_to_string(&SpanContext::new(trace, id, flags, false, TraceState::NONE))
}

/// Whether `value` is a valid root: `1`, eight digits of seconds and 24 more digits. The parser of the crate would also
/// accept other lengths of the two parts.
fn is_root(value: &str) -> bool {
    let lengths = value.split('-').map(str::len).eq([1, 8, 24]);
    lengths && value.starts_with("1-") && value.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
