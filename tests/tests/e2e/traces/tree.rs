//! Writes a trace as text, one line per span.

use std::sync::Arc;

use stack_telemetry::otlp::{Span, SpanId};

/// The tree of the spans of one trace. The children of each span are indented below it and sorted by their start times.
pub(crate) fn from_spans(spans: &[Arc<Span>]) -> String {
    let known = |id: SpanId| spans.iter().any(|span| span.span_id == id);
    let mut text = String::new();
    for root in sorted(spans, |span| span.parent.is_none_or(|parent| !known(parent))) {
        write_branch(spans, &root, 0, &mut text);
    }
    text
}

fn write_branch(spans: &[Arc<Span>], span: &Span, depth: usize, text: &mut String) {
    *text += &"  ".repeat(depth);
    *text += &span.name;
    text.push('\n');
    for child in sorted(spans, |child| child.parent == Some(span.span_id)) {
        write_branch(spans, &child, depth + 1, text);
    }
}

fn sorted(spans: &[Arc<Span>], wanted: impl Fn(&Span) -> bool) -> Vec<Arc<Span>> {
    let mut found: Vec<_> = spans.iter().filter(|span| wanted(span)).cloned().collect();
    found.sort_by_key(|span| span.start_ns);
    found
}
