//! Exports spans with OTLP over HTTP in protobuf. An export runs between the response and the next event.

mod breaker;
mod client;
mod collector;
mod error;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_otlp::ExporterBuildError;
use tokio::time::{Instant, timeout, timeout_at};

use crate::settings::SpanSettings;
use crate::spans::{Buffer, resource};

pub use breaker::{FIRST_PAUSE, LONGEST_PAUSE};

use breaker::Breaker;
use collector::{Collector, SpanBatch};
use error::ExportError;

/// The maximum number of spans in a request.
pub const MAX_BATCH: usize = 512;

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
    timeout: Duration,
    state: Mutex<State>,
    failures: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// The number of spans in the last batch.
    batch: u64,
    breaker: Breaker,
}

impl Exporter {
    /// An exporter of a service in `namespace` to the collector in `settings`. It does not connect yet.
    ///
    /// # Errors
    /// An error if `opentelemetry-otlp` refuses the settings.
    pub(crate) fn new(namespace: &'static str, settings: &SpanSettings) -> Result<Self, ExporterBuildError> {
        Ok(Self {
            buffer: Arc::default(),
            collector: Collector::new(&resource(namespace), settings)?,
            timeout: settings.timeout,
            state: Mutex::default(),
            failures: AtomicU64::new(0),
        })
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

    /// Sends all spans within the timeout, and within `left`. It sends nothing during a pause after a failure, and if no
    /// time is left. Spans that `left` cuts off wait for the next flush; this is no failure of the collector.
    pub(crate) async fn flush(&self, left: Duration) {
        if left.is_zero() || !self.state().breaker.lets_through(Instant::now()) {
            return;
        }
        timeout(left, self.send_all(self.timeout)).await.ok();
    }

    /// Sends all spans for the last time, within [`LAST_FLUSH`].
    pub(crate) async fn finish(&self) {
        self.send_all(LAST_FLUSH).await;
    }

    /// Sends batch after batch. If a batch got no response, it is unknown whether the collector received it, so the
    /// batch is sent again. A backend recognizes a repeated span by its id, whereas a lost span cannot be recovered.
    async fn send_all(&self, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        while let Some(batch) = self.next() {
            let sent = timeout_at(deadline, self.collector.send(batch)).await;
            match sent.unwrap_or(Err(ExportError::TooSlow(timeout))) {
                Ok(rejected) => {
                    self.buffer.dropped(rejected);
                    self.collector.forget();
                    self.state().breaker = Breaker::default();
                }
                Err(error) => return self.failed(&error),
            }
        }
    }

    /// The batch that got no answer, or else the next spans. The collector's client keeps a batch from its first request
    /// to its answer, so nothing is lost if this work is cancelled.
    fn next(&self) -> Option<SpanBatch> {
        self.collector.unanswered().or_else(|| {
            let spans = self.buffer.take(MAX_BATCH);
            self.state().batch = spans.len() as u64;
            (!spans.is_empty()).then_some(SpanBatch::New(spans))
        })
    }

    /// Counts the failure. Only the first failure in a row is logged as a warning, because a collector is usually
    /// unavailable for a long time.
    fn failed(&self, error: &ExportError) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        if error.is_final() {
            self.collector.forget();
            self.buffer.dropped(state.batch);
        }
        let is_first = state.breaker.failed(Instant::now(), error.retry_after());
        drop(state);
        if is_first {
            tracing::warn!(error = error as &dyn std::error::Error, "spans are not exported");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
