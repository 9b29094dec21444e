//! One line of a waterfall.

use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::otlp::Span;

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
