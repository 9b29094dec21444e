//! The lines of a waterfall and their order: each span before its parts and before what links to it, by start time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::otlp::{Span, SpanId, TraceId};

/// A span and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The span.
    pub span: Arc<Span>,
    /// How many spans it is below, whether as a part of them or linked to them.
    pub depth: usize,
    /// It is the first of another trace, linked to the span that it is below.
    pub is_hop: bool,
    /// From the beginning of the waterfall to its own, in nanoseconds.
    pub offset_ns: u64,
}

impl Serialize for Row {
    /// With times in microseconds, which a JSON number holds exactly enough.
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

/// Writes nanoseconds as microseconds.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
pub(super) fn as_microseconds<S: Serializer>(ns: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(microseconds(*ns))
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of some months fit in 53 bits")]
fn microseconds(ns: u64) -> f64 {
    ns as f64 / 1000.0
}

/// How far up it is asked what a span is part of.
const DEEPEST: usize = 1_000;

/// A span among those of several traces.
type Key = (TraceId, SpanId);

/// Joins a trace and others that have links into it.
pub(super) fn rows(trace: &[Arc<Span>], linked: &[Vec<Arc<Span>>]) -> Vec<Row> {
    let mut tree = Tree::default();
    for span in trace {
        tree.add(span);
    }
    for other in linked {
        tree.join(other);
    }
    tree.rows()
}

/// Spans that come next at one place, and whether they are those of another trace.
type Below = Vec<(Arc<Span>, bool)>;

#[derive(Default)]
struct Tree {
    spans: Vec<Arc<Span>>,
    known: HashSet<Key>,
    /// What is below each span.
    below: HashMap<Key, Below>,
}

impl Tree {
    fn add(&mut self, span: &Arc<Span>) {
        self.known.insert((span.trace_id, span.span_id));
        self.spans.push(Arc::clone(span));
        if let Some(parent) = span.parent {
            self.below.entry((span.trace_id, parent)).or_default().push((Arc::clone(span), false));
        }
    }

    /// Adds what another trace has to do with this one: spans that link here, what they are part of, and their parts.
    /// A span with links, none of them to here, is about something else, and so is all below it.
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

    /// The span here that another trace's span links to.
    fn link_of(&self, span: &Span) -> Option<Key> {
        span.links.iter().map(|link| (link.trace_id, link.span_id)).find(|key| self.known.contains(key))
    }

    fn rows(mut self) -> Vec<Row> {
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
        // A part that no root leads to is in a circle of parents, which nothing but a faulty exporter makes.
        for root in roots.into_iter().chain(parts) {
            self.descend(root, &mut rows, &mut seen);
        }
        rows
    }

    /// Without recursion: how deep spans are nested is up to whoever sends them.
    fn descend(&mut self, root: Arc<Span>, rows: &mut Vec<Row>, seen: &mut HashSet<Key>) {
        let mut open = vec![(root, false, 0)];
        while let Some((span, is_hop, depth)) = open.pop() {
            let key = (span.trace_id, span.span_id);
            if !seen.insert(key) {
                continue;
            }
            let mut below = self.below.remove(&key).unwrap_or_default();
            below.sort_by_key(|(span, _)| std::cmp::Reverse(span.start_ns));
            open.extend(below.into_iter().map(|(span, is_hop)| (span, is_hop, depth + 1)));
            rows.push(Row { span, depth, is_hop, offset_ns: 0 });
        }
    }
}

fn key((span, _): &(Arc<Span>, bool)) -> Key {
    (span.trace_id, span.span_id)
}

/// A span, what it is part of, what that is part of, …; not for ever where they go round in a circle.
fn ancestry<'s>(
    span: &'s Arc<Span>,
    parents: &HashMap<SpanId, &'s Arc<Span>>,
) -> impl Iterator<Item = &'s Arc<Span>> {
    let next = |span: &&'s Arc<Span>| span.parent.and_then(|parent| parents.get(&parent).copied());
    std::iter::successors(Some(span), next).take(DEEPEST)
}
