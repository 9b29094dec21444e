//! `traceparent`: <https://www.w3.org/TR/trace-context-1/#traceparent-header>.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// How long it is in version 00; later versions may append to it, after another dash.
const LENGTH: usize = 55;

/// The span that `header` names, without a trace state.
pub(super) fn parse(header: &str) -> Option<SpanContext> {
    let header = header.trim_matches([' ', '\t']);
    let (fixed, rest) = header.split_at_checked(LENGTH)?;
    let mut parts = fixed.split('-');
    let [version, trace, span, flags] =
        [2, 32, 16, 2].map(|length| parts.next().and_then(|part| hex(part, length)));
    let version = version?;
    let ends = rest.is_empty() || (version != "00" && rest.starts_with('-'));
    if !ends || version == "ff" || parts.next().is_some() {
        return None;
    }
    let sampled = u8::from_str_radix(flags?, 16).ok()? & TraceFlags::SAMPLED.to_u8();
    let (trace, span) = (TraceId::from_hex(trace?).ok()?, SpanId::from_hex(span?).ok()?);
    let parent = SpanContext::new(trace, span, TraceFlags::new(sampled), true, TraceState::NONE);
    parent.is_valid().then_some(parent)
}

/// `span` as a header of version 00, with no flag but whether it is sampled.
pub(super) fn format(span: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), u8::from(span.is_sampled()))
}

/// `part`, where it is `length` digits, none of them a capital.
fn hex(part: &str, length: usize) -> Option<&str> {
    let digits = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (digits && part.len() == length).then_some(part)
}
