//! Spans on their way out: OTLP over HTTP, in protobuf, between the answer and the next event.

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
use collector::{Collector, Unsent};
use request::Request;

/// The most time that the last export takes: short of the 300 ms that Lambda leaves a runtime between SIGTERM and
/// SIGKILL (AWS Lambda Developer Guide, "Lambda execution environment lifecycle").
pub const LAST_FLUSH: Duration = Duration::from_millis(200);

/// What has been lost of telemetry.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Losses {
    /// Spans that nobody got.
    pub(crate) spans_dropped: u64,
    /// Requests that failed.
    pub(crate) export_failures: u64,
}

/// Sends what is in its buffer, in batches, and keeps what it could not send.
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
    unsent: Option<Request>,
    breaker: Breaker,
}

impl Exporter {
    /// The exporter of a service in `namespace` to the collector in `settings`. Nothing is connected yet.
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

    /// Where spans wait.
    pub(crate) const fn buffer(&self) -> &Arc<Buffer> {
        &self.buffer
    }

    /// What has been lost since this was last asked.
    pub(crate) fn take_losses(&self) -> Losses {
        let export_failures = self.failures.swap(0, Ordering::Relaxed);
        Losses { spans_dropped: self.buffer.take_dropped(), export_failures }
    }

    /// Sends what there is, unless the collector failed lately: within its timeout, whatever the collector does.
    pub(crate) async fn flush(&self) {
        if self.state().breaker.lets_through(Instant::now()) {
            self.send_all(self.timeout).await;
        }
    }

    /// Sends what there is for the last time, within [`LAST_FLUSH`].
    pub(crate) async fn finish(&self) {
        self.send_all(LAST_FLUSH).await;
    }

    /// Sends batch after batch. Nobody knows what became of one without an answer; it is sent again, for a span that
    /// comes twice has the same id and is recognized by it, while one that is lost is lost.
    async fn send_all(&self, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        while let Some(request) = self.next() {
            let sent = timeout_at(deadline, self.collector.send(request.body())).await;
            match sent.unwrap_or(Err(Unsent::TooSlow(timeout))) {
                Ok(rejected) => {
                    self.buffer.dropped(rejected);
                    self.state().sent();
                }
                Err(error) => return self.failed(&error),
            }
        }
    }

    /// The request that could not be sent, or the next one. It stays here until it has been sent, so that nothing is
    /// lost where this work is cut off.
    fn next(&self) -> Option<Request> {
        let mut state = self.state();
        if state.unsent.is_none() {
            state.unsent = Request::of(self.buffer.take(MAX_BATCH), &self.resource);
        }
        state.unsent.clone()
    }

    /// Counts the failure, and warns of the first of several: a collector that is away is away for long.
    fn failed(&self, error: &Unsent) {
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
