//! A trace as a waterfall, across the asynchronous hop.
//!
//! A command's trace ends with its answer. What the commit then sets off (a batch of a projection) is a trace of its own,
//! for it may concern many commands; its spans link to the commands' spans instead. Here both are joined to one tree: what
//! links to a span is shown below it, without the parts that are about other commands.

mod text;
mod tree;

use serde::Serialize;

use crate::otlp::{TraceId, TraceStore};

pub use tree::Row;

/// A tree of spans, from the first to the last, each before those below it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waterfall {
    /// The trace that it begins with.
    pub trace_id: TraceId,
    /// When the first span began, in nanoseconds since the epoch.
    #[serde(skip)]
    pub start_ns: u64,
    /// From the beginning of the first span to the end of the last, in nanoseconds.
    #[serde(serialize_with = "tree::as_microseconds", rename = "duration_us")]
    pub duration_ns: u64,
    /// The spans.
    pub rows: Vec<Row>,
}

impl Waterfall {
    /// The waterfall of a trace as far as its spans have come; none where none has.
    #[must_use]
    pub fn of_trace(traces: &TraceStore, trace_id: TraceId) -> Option<Self> {
        let rows = tree::rows(&traces.trace(trace_id), &traces.linked_to(trace_id));
        let start_ns = rows.iter().map(|row| row.span.start_ns).min()?;
        let end_ns = rows.iter().map(|row| row.span.end_ns).max()?;
        let duration_ns = end_ns.saturating_sub(start_ns);
        let rows =
            rows.into_iter().map(|row| Row { offset_ns: row.span.start_ns - start_ns, ..row }).collect();
        Some(Self { trace_id, start_ns, duration_ns, rows })
    }
}

#[cfg(test)]
mod tests;
