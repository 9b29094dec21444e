//! Computes the rows of a waterfall. A span comes before its children and before spans that link to it; siblings are
//! ordered by start time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::otlp::{Span, SpanId, TraceId};

/// A span and its position in the waterfall.
#[derive(Debug, Clone, PartialEq)]
pub struct WaterfallRow {
    /// The span.
    pub span: Arc<Span>,
    /// Number of ancestors in the waterfall, whether by parent or by link.
    pub depth: usize,
    /// True for the top span of another trace that links to the row above it in the tree.
    pub is_hop: bool,
    /// Time from the start of the waterfall to the start of the span, in nanoseconds.
    pub offset_ns: u64,
}

impl Serialize for WaterfallRow {
    /// Serializes times in microseconds, which a JSON number represents precisely enough.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { span, depth, is_hop, offset_ns } = self;
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry("trace_id", &span.trace_id)?;
        row.serialize_entry("span_id", &span.span_id)?;
        row.serialize_entry("name", &span.name)?;
        row.serialize_entry("service", span.service())?;
        row.serialize_entry("kind", &span.kind)?;
        row.serialize_entry("depth", depth)?;
        row.serialize_entry("is_hop", is_hop)?;
        row.serialize_entry("offset_us", &microseconds(*offset_ns))?;
        row.serialize_entry("duration_us", &microseconds(span.duration_ns()))?;
        row.serialize_entry("error", &span.error)?;
        row.serialize_entry("attributes", &span.attributes)?;
        let links = span.links.iter().map(|link| json!({"trace_id": link.trace_id, "span_id": link.span_id}));
        row.serialize_entry("links", &links.collect::<Vec<_>>())?;
        row.end()
    }
}

/// Serializes nanoseconds as microseconds.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls this function with a reference")]
pub(super) fn as_microseconds<S: Serializer>(ns: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(microseconds(*ns))
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of some months fit in 53 bits")]
fn microseconds(ns: u64) -> f64 {
    ns as f64 / 1000.0
}

/// Maximum number of ancestors that are followed. It ends the search in a circle of parents.
const DEEPEST: usize = 1_000;

/// Identifies a span across traces.
type Key = (TraceId, SpanId);

/// Joins a trace with the traces that link into it.
pub(super) fn rows(trace: &[Arc<Span>], linked: &[Vec<Arc<Span>>]) -> Vec<WaterfallRow> {
    let mut tree = Tree::default();
    for span in trace {
        tree.add(span);
    }
    for other in linked {
        tree.join(other);
    }
    tree.rows()
}

/// Spans directly below a span, each with a flag that is true for the top span of another trace.
type Children = Vec<(Arc<Span>, bool)>;

#[derive(Default)]
struct Tree {
    spans: Vec<Arc<Span>>,
    known: HashSet<Key>,
    /// The spans below each span.
    below: HashMap<Key, Children>,
}

impl Tree {
    fn add(&mut self, span: &Arc<Span>) {
        self.known.insert((span.trace_id, span.span_id));
        self.spans.push(Arc::clone(span));
        if let Some(parent) = span.parent {
            self.below.entry((span.trace_id, parent)).or_default().push((Arc::clone(span), false));
        }
    }

    /// Adds the parts of another trace that concern this trace: spans that link into it, their ancestors and their
    /// descendants. A span whose links all lead elsewhere concerns another command, and so do its descendants.
    fn join(&mut self, other: &[Arc<Span>]) {
        let parents: HashMap<SpanId, &Arc<Span>> = other.iter().map(|span| (span.span_id, span)).collect();
        let links: HashMap<SpanId, Key> =
            other.iter().filter_map(|span| Some((span.span_id, self.link_of(span)?))).collect();
        let mut above: HashSet<SpanId> = HashSet::new();
        for span in other.iter().filter(|span| links.contains_key(&span.span_id)) {
            above.extend(ancestry(span, &parents).map(|span| span.span_id));
        }
        let is_here = |span: &Arc<Span>| span.links.is_empty() || above.contains(&span.span_id);
        let kept = |span: &&Arc<Span>| ancestry(span, &parents).all(is_here);
        for span in other.iter().filter(kept) {
            self.add(span);
        }
        let is_first = |span: &&Arc<Span>| span.parent.is_none_or(|parent| !parents.contains_key(&parent));
        for first in other.iter().filter(kept).filter(is_first) {
            let origin = other.iter().find_map(|linking| {
                let origin = links.get(&linking.span_id)?;
                ancestry(linking, &parents).any(|above| above.span_id == first.span_id).then_some(*origin)
            });
            if let Some(origin) = origin {
                self.below.entry(origin).or_default().push((Arc::clone(first), true));
            }
        }
    }

    /// The span of this trace that another trace's span links to.
    fn link_of(&self, span: &Span) -> Option<Key> {
        span.links.iter().map(|link| (link.trace_id, link.span_id)).find(|key| self.known.contains(key))
    }

    fn rows(mut self) -> Vec<WaterfallRow> {
        let below: HashSet<Key> = self
            .below
            .iter()
            .filter(|(key, _)| self.known.contains(key))
            .flat_map(|(_, below)| below)
            .map(key)
            .collect();
        let mut spans = std::mem::take(&mut self.spans);
        spans.sort_by_key(|span| span.start_ns);
        let (parts, roots): (Vec<_>, Vec<_>) =
            spans.into_iter().partition(|span| below.contains(&(span.trace_id, span.span_id)));
        let (mut rows, mut seen) = (Vec::new(), HashSet::new());
        // A span that no root leads to is in a circle of parents, which only a faulty exporter creates.
        for root in roots.into_iter().chain(parts) {
            self.descend(root, &mut rows, &mut seen);
        }
        rows
    }

    /// Adds a span and everything below it. The function is not recursive, because clients decide how deep spans are
    /// nested.
    fn descend(&mut self, root: Arc<Span>, rows: &mut Vec<WaterfallRow>, seen: &mut HashSet<Key>) {
        let mut open = vec![(root, false, 0)];
        while let Some((span, is_hop, depth)) = open.pop() {
            let key = (span.trace_id, span.span_id);
            if !seen.insert(key) {
                continue;
            }
            let mut below = self.below.remove(&key).unwrap_or_default();
            below.sort_by_key(|(span, _)| std::cmp::Reverse(span.start_ns));
            open.extend(below.into_iter().map(|(span, is_hop)| (span, is_hop, depth + 1)));
            rows.push(WaterfallRow { span, depth, is_hop, offset_ns: 0 });
        }
    }
}

fn key((span, _): &(Arc<Span>, bool)) -> Key {
    (span.trace_id, span.span_id)
}

/// A span, its parent, its grandparent and so on. The limit ends the iteration in a circle of parents.
fn ancestry<'s>(
    span: &'s Arc<Span>,
    parents: &HashMap<SpanId, &'s Arc<Span>>,
) -> impl Iterator<Item = &'s Arc<Span>> {
    let next = |span: &&'s Arc<Span>| span.parent.and_then(|parent| parents.get(&parent).copied());
    std::iter::successors(Some(span), next).take(DEEPEST)
}
