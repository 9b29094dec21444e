//! The buffer of finished spans. It is emptied at the end of each invocation.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::lists;

/// The maximum number of spans in the buffer. They take about four megabytes, and a batch of a thousand records makes
/// fewer spans. Further spans are dropped and counted; the first span of an invocation takes the place of another one.
pub const MAX_SPANS: usize = 4096;

/// Finished spans, in the order in which they finished.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    spans: Mutex<Vec<SpanData>>,
    dropped: AtomicU64,
}

impl Buffer {
    fn keep(&self, span: SpanData) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if spans.len() == MAX_SPANS {
            self.dropped(1);
            // The first span of an invocation ends last. Without it, no other span of the trace would have a root.
            let other = if is_first(&span) { spans.iter().rposition(|kept| !is_first(kept)) } else { None };
            let Some(other) = other else { return };
            spans.remove(other);
        }
        spans.push(span);
    }

    /// Removes and returns up to `limit` spans, the oldest first.
    pub(crate) fn take(&self, limit: usize) -> Vec<SpanData> {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = limit.min(spans.len());
        spans.drain(..batch).collect()
    }

    /// Counts `spans` as dropped.
    pub(crate) fn dropped(&self, spans: u64) {
        self.dropped.fetch_add(spans, Ordering::Relaxed);
    }

    /// How many spans were dropped since the last call.
    pub(crate) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}

/// Whether `span` is the first span of an invocation.
fn is_first(span: &SpanData) -> bool {
    span.parent_span_is_remote || span.parent_span_id == SpanId::INVALID
}

/// Adds each sampled span to a buffer. The exporter empties the buffer, so this processor has nothing to flush.
#[derive(Debug)]
pub(super) struct BufferProcessor(pub(super) Arc<Buffer>);

impl SpanProcessor for BufferProcessor {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, mut span: SpanData) {
        lists::convert(&mut span.attributes);
        self.0.keep(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
