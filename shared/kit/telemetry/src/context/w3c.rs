//! The headers of W3C Trace Context, level 1: `traceparent` (<https://www.w3.org/TR/trace-context-1/#traceparent-header>)
//! and `tracestate` (<https://www.w3.org/TR/trace-context-1/#tracestate-header>).

use std::collections::BTreeSet;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// How long a `traceparent` of version 00 is; later versions may append to it, after another dash.
const TRACEPARENT_LENGTH: usize = 55;

/// The span that `header` names, without a trace state.
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

/// `span` as a header of version 00, with no flag but whether it is sampled.
pub(super) fn format_traceparent(span: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), u8::from(span.is_sampled()))
}

/// `part`, where it is `length` digits, none of them a capital.
fn hex(part: &str, length: usize) -> Option<&str> {
    let digits = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (digits && part.len() == length).then_some(part)
}

/// The most members of a `tracestate`.
const MAX_MEMBERS: usize = 32;

/// The members in `headers`, in their order, as one header; nothing where there is none or where any is wrong: a list
/// is taken whole or discarded.
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

/// The key of a member that is as it should be.
fn key(member: &str) -> Option<&str> {
    let (key, value) = member.split_once('=')?;
    (is_key(key) && is_value(value)).then_some(key)
}

/// A simple key begins with a letter; that of a tenant may begin with a digit, but its system with a letter.
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

/// Visible characters and spaces, at least one, the last one no space.
fn is_value(value: &str) -> bool {
    let known = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    (1..=256).contains(&value.len()) && value.bytes().all(known) && !value.ends_with(' ')
}
