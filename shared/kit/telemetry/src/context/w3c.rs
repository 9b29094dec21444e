//! The headers of W3C Trace Context, level 1: `traceparent`
//! (<https://www.w3.org/TR/trace-context-1/#traceparent-header>) and `tracestate`
//! (<https://www.w3.org/TR/trace-context-1/#tracestate-header>).

use std::collections::BTreeSet;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The length of a `traceparent` of version 00. Later versions may append to it after another dash.
const TRACEPARENT_LENGTH: usize = 55;

/// Parses the span in `header`. The result has no trace state.
pub(super) fn parse_traceparent(header: &str) -> Option<SpanContext> {
    let header = header.trim_matches([' ', '\t']);
    let (fixed, rest) = header.split_at_checked(TRACEPARENT_LENGTH)?;
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

/// Formats `span` as a header of version 00. The only flag is whether the span is sampled.
pub(super) fn format_traceparent(span: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), u8::from(span.is_sampled()))
}

/// Returns `part` if it has exactly `length` lower-case hexadecimal digits.
fn hex(part: &str, length: usize) -> Option<&str> {
    let digits = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (digits && part.len() == length).then_some(part)
}

/// The maximum number of members of a `tracestate`.
const MAX_MEMBERS: usize = 32;

/// Joins the members in `headers` in their order. The result is `None` if there are no members or any member is
/// invalid, because an invalid list must be discarded as a whole.
pub(super) fn parse_tracestate<'a>(headers: impl Iterator<Item = &'a str>) -> Option<String> {
    let members: Vec<&str> = headers
        .flat_map(|header| header.split(','))
        .map(|member| member.trim_matches([' ', '\t']))
        .filter(|member| !member.is_empty())
        .take(MAX_MEMBERS + 1)
        .collect();
    let keys: Option<BTreeSet<&str>> = members.iter().map(|member| key(member)).collect();
    let distinct = keys?.len() == members.len();
    (distinct && (1..=MAX_MEMBERS).contains(&members.len())).then(|| members.join(","))
}

/// The key of a valid member.
fn key(member: &str) -> Option<&str> {
    let (key, value) = member.split_once('=')?;
    (is_key(key) && is_value(value)).then_some(key)
}

/// Whether `key` is valid. A simple key starts with a letter. A key with a tenant may start with a digit, but the
/// system after the `@` starts with a letter.
fn is_key(key: &str) -> bool {
    match key.split_once('@') {
        None => begins_with_letter(key) && fits(key, 256),
        Some((tenant, system)) => fits(tenant, 241) && begins_with_letter(system) && fits(system, 14),
    }
}

fn begins_with_letter(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
}

fn fits(text: &str, length: usize) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let known = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'*' | b'/')
    };
    first && bytes.all(known) && text.len() <= length
}

/// Whether `value` has visible characters and spaces only, at least one character, and no space at the end.
fn is_value(value: &str) -> bool {
    let known = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    (1..=256).contains(&value.len()) && value.bytes().all(known) && !value.ends_with(' ')
}
