//! Where finished spans wait for the end of the invocation.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

/// The most spans that are kept, a batch that could not be sent included: some four megabytes, and more than a batch
/// of a thousand records makes. What comes on top of it is dropped and counted.
pub const MAX_SPANS: usize = 4096;

/// Finished spans, in their order.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    spans: Mutex<Vec<SpanData>>,
    dropped: AtomicU64,
}

impl Buffer {
    fn keep(&self, span: SpanData) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if spans.len() < MAX_SPANS {
            spans.push(span);
        } else {
            self.dropped(1);
        }
    }

    /// Up to `limit` spans, the oldest first; they are no longer here.
    pub(crate) fn take(&self, limit: usize) -> Vec<SpanData> {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = limit.min(spans.len());
        spans.drain(..batch).collect()
    }

    /// Counts `spans` that nobody will get.
    pub(crate) fn dropped(&self, spans: u64) {
        self.dropped.fetch_add(spans, Ordering::Relaxed);
    }

    /// How many spans have been dropped since this was last asked.
    pub(crate) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}

/// Keeps each sampled span in a buffer; it leaves from there, so there is nothing to flush.
#[derive(Debug)]
pub(super) struct Keeping(pub(super) Arc<Buffer>);

impl SpanProcessor for Keeping {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.keep(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
