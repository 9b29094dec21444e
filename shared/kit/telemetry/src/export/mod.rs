//! Exports spans with OTLP over HTTP in protobuf. An export runs between the response and the next event.

mod breaker;
mod collector;
mod request;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use tokio::time::{Instant, timeout_at};

use crate::settings::SpanSettings;
use crate::spans::{Buffer, resource};

pub use breaker::{FIRST_PAUSE, LONGEST_PAUSE};
pub use request::MAX_BATCH;

use breaker::Breaker;
use collector::{Collector, ExportError};
use request::EncodedBatch;

/// The time limit of the last export. Lambda leaves a runtime 300 ms between SIGTERM and SIGKILL (AWS Lambda Developer
/// Guide, "Lambda execution environment lifecycle").
pub const LAST_FLUSH: Duration = Duration::from_millis(200);

/// Telemetry that was lost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Losses {
    /// Spans that no collector received.
    pub(crate) spans_dropped: u64,
    /// Exports that failed.
    pub(crate) export_failures: u64,
}

/// Sends the spans in its buffer in batches, and keeps a batch that could not be sent.
#[derive(Debug)]
pub(crate) struct Exporter {
    buffer: Arc<Buffer>,
    collector: Collector,
    resource: ResourceAttributesWithSchema,
    timeout: Duration,
    state: Mutex<State>,
    failures: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    unsent: Option<EncodedBatch>,
    breaker: Breaker,
}

impl Exporter {
    /// An exporter of a service in `namespace` to the collector in `settings`. It does not connect yet.
    pub(crate) fn new(namespace: &'static str, settings: &SpanSettings) -> Self {
        Self {
            buffer: Arc::default(),
            collector: Collector::new(settings),
            resource: (&resource(namespace)).into(),
            timeout: settings.timeout,
            state: Mutex::default(),
            failures: AtomicU64::new(0),
        }
    }

    /// The buffer of finished spans.
    pub(crate) const fn buffer(&self) -> &Arc<Buffer> {
        &self.buffer
    }

    /// The losses since the last call.
    pub(crate) fn take_losses(&self) -> Losses {
        let export_failures = self.failures.swap(0, Ordering::Relaxed);
        Losses { spans_dropped: self.buffer.take_dropped(), export_failures }
    }

    /// Sends all spans within the timeout. During a pause after a failure, it sends nothing.
    pub(crate) async fn flush(&self) {
        if self.state().breaker.lets_through(Instant::now()) {
            self.send_all(self.timeout).await;
        }
    }

    /// Sends all spans for the last time, within [`LAST_FLUSH`].
    pub(crate) async fn finish(&self) {
        self.send_all(LAST_FLUSH).await;
    }

    /// Sends batch after batch. If a batch got no response, it is unknown whether the collector received it, so the
    /// batch is sent again. A backend recognizes a repeated span by its id, whereas a lost span cannot be recovered.
    async fn send_all(&self, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        while let Some(request) = self.next() {
            let sent = timeout_at(deadline, self.collector.send(request.body())).await;
            match sent.unwrap_or(Err(ExportError::TooSlow(timeout))) {
                Ok(rejected) => {
                    self.buffer.dropped(rejected);
                    self.state().sent();
                }
                Err(error) => return self.failed(&error),
            }
        }
    }

    /// The batch that could not be sent, or the next one. The batch stays in the state until it has been sent, so
    /// nothing is lost if this work is cancelled.
    fn next(&self) -> Option<EncodedBatch> {
        let mut state = self.state();
        if state.unsent.is_none() {
            state.unsent = EncodedBatch::from_spans(self.buffer.take(MAX_BATCH), &self.resource);
        }
        state.unsent.clone()
    }

    /// Counts the failure. Only the first failure in a row is logged as a warning, because a collector is usually
    /// unavailable for a long time.
    fn failed(&self, error: &ExportError) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        if error.is_final() {
            let refused = state.unsent.take().map_or(0, |request| request.spans());
            self.buffer.dropped(refused);
        }
        let is_first = state.breaker.failed(Instant::now());
        drop(state);
        if is_first {
            tracing::warn!(error = error as &dyn std::error::Error, "spans are not exported");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn sent(&mut self) {
        self.unsent = None;
        self.breaker = Breaker::default();
    }
}
