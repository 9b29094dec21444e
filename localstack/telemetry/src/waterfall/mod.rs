//! The waterfall of a trace, including the asynchronous work that it caused.
//!
//! A command's trace ends with the response. The work that its commit causes (such as a batch of a projection) has its
//! own trace, because it may process the commits of many commands. The spans of that trace link to the commands' spans.
//! The waterfall joins both traces to one tree: spans that link to a span are shown below it, without the parts that
//! concern other commands.

mod text;
mod tree;

use serde::Serialize;

use crate::otlp::{TraceId, TraceStore};

pub use tree::WaterfallRow;

/// A tree of spans as rows. A span comes before its children; siblings are ordered by start time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waterfall {
    /// The trace that the waterfall starts with.
    pub trace_id: TraceId,
    /// Start of the first span, in nanoseconds since the epoch.
    #[serde(skip)]
    pub start_ns: u64,
    /// Time from the start of the first span to the end of the last, in nanoseconds.
    #[serde(serialize_with = "tree::as_microseconds", rename = "duration_us")]
    pub duration_ns: u64,
    /// The spans.
    pub rows: Vec<WaterfallRow>,
}

impl Waterfall {
    /// The waterfall of the spans of a trace that have arrived so far; `None` without any span.
    #[must_use]
    pub fn from_trace(traces: &TraceStore, trace_id: TraceId) -> Option<Self> {
        let rows = tree::rows(&traces.trace(trace_id), &traces.linked_to(trace_id));
        let start_ns = rows.iter().map(|row| row.span.start_ns).min()?;
        let end_ns = rows.iter().map(|row| row.span.end_ns).max()?;
        let duration_ns = end_ns.saturating_sub(start_ns);
        let rows = rows
            .into_iter()
            .map(|row| WaterfallRow { offset_ns: row.span.start_ns - start_ns, ..row })
            .collect();
        Some(Self { trace_id, start_ns, duration_ns, rows })
    }
}

#[cfg(test)]
mod tests;
