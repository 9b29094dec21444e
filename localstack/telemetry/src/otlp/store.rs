//! Stores the newest traces in memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::span::{Span, SpanId, TraceId};

/// Limits of the store. The oldest trace is evicted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceLimits {
    /// Maximum number of traces.
    pub traces: usize,
    /// Maximum number of spans in all traces.
    pub spans: usize,
    /// Maximum memory of all spans in bytes, as [`Span::memory`] estimates it.
    pub bytes: usize,
}

impl Default for TraceLimits {
    /// 5,000 traces with 50,000 spans, and 64 MB of memory.
    fn default() -> Self {
        Self { traces: 5_000, spans: 50_000, bytes: 64 << 20 }
    }
}

/// Counters of the received spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanCounts {
    /// Received spans, each counted once.
    pub received: u64,
    /// Spans that were already stored. An exporter sends spans again when it gets no response.
    pub repeated: u64,
    /// Spans rejected because of an invalid id.
    pub rejected: u64,
    /// Spans evicted to make room for newer traces.
    pub evicted: u64,
}

/// The traces of a stack. Clones share them.
#[derive(Debug, Clone)]
pub struct TraceStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: TraceLimits,
    held: Mutex<StoreState>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct StoreState {
    traces: HashMap<TraceId, Trace>,
    /// Trace ids, oldest first.
    order: VecDeque<TraceId>,
    spans: usize,
    /// Memory of the spans in bytes.
    bytes: usize,
    counts: SpanCounts,
}

/// The spans of one trace, in order of arrival.
#[derive(Debug, Default)]
struct Trace {
    spans: Vec<Arc<Span>>,
    ids: HashSet<SpanId>,
}

impl TraceStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new(limits: TraceLimits) -> Self {
        Self(Arc::new(Inner { limits, held: Mutex::default(), changed: watch::channel(()).0 }))
    }

    /// The counters of received spans.
    #[must_use]
    pub fn counts(&self) -> SpanCounts {
        self.held().counts
    }

    /// Number of received spans, each counted once.
    #[must_use]
    pub fn spans_received(&self) -> u64 {
        self.counts().received
    }

    /// The spans of a trace in order of arrival; empty if the trace is unknown or was evicted.
    #[must_use]
    pub fn trace(&self, trace: TraceId) -> Vec<Arc<Span>> {
        self.held().traces.get(&trace).map(|trace| trace.spans.clone()).unwrap_or_default()
    }

    /// The spans of each trace, newest trace first.
    #[must_use]
    pub fn traces(&self) -> Vec<Vec<Arc<Span>>> {
        let held = self.held();
        held.order
            .iter()
            .rev()
            .filter_map(|id| held.traces.get(id))
            .map(|trace| trace.spans.clone())
            .collect()
    }

    /// All spans that match `wanted`, oldest trace first.
    pub fn spans(&self, wanted: impl Fn(&Span) -> bool) -> Vec<Arc<Span>> {
        let held = self.held();
        let spans = held.order.iter().filter_map(|id| held.traces.get(id)).flat_map(|trace| &trace.spans);
        spans.filter(|span| wanted(span)).cloned().collect()
    }

    /// The spans of every other trace that has a link into `trace`.
    #[must_use]
    pub fn linked_to(&self, trace: TraceId) -> Vec<Vec<Arc<Span>>> {
        let held = self.held();
        let links = |span: &Arc<Span>| span.links.iter().any(|link| link.trace_id == trace);
        let others = held.order.iter().filter(|id| **id != trace).filter_map(|id| held.traces.get(id));
        others.filter(|other| other.spans.iter().any(links)).map(|other| other.spans.clone()).collect()
    }

    /// Waits until `found` returns a value. `found` is called again whenever spans arrive. Returns `None` after
    /// `timeout`.
    pub async fn wait_for<T>(
        &self,
        timeout: Duration,
        mut found: impl FnMut(&Self) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + timeout;
        let mut changed = self.changes();
        loop {
            if let Some(found) = found(self) {
                return Some(found);
            }
            tokio::time::timeout_at(deadline, changed.changed()).await.ok()?.ok()?;
        }
    }

    /// Waits until no span has arrived for the duration `quiet`, at most for `timeout`.
    pub async fn settled(&self, quiet: Duration, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        let mut changed = self.changes();
        while tokio::time::timeout(quiet, changed.changed()).await.is_ok() && Instant::now() < deadline {}
    }

    /// A receiver that wakes whenever spans arrive.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// Stores spans and counts the rejected ones.
    pub fn take(&self, spans: Vec<Span>, rejected: u64) {
        let mut held = self.held();
        held.counts.rejected += rejected;
        for span in spans {
            held.take(span);
        }
        held.keep_within(self.0.limits);
        drop(held);
        self.0.changed.send_replace(());
    }

    fn held(&self) -> MutexGuard<'_, StoreState> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoreState {
    fn take(&mut self, span: Span) {
        let trace = self.traces.entry(span.trace_id).or_insert_with(|| {
            self.order.push_back(span.trace_id);
            Trace::default()
        });
        if trace.ids.insert(span.span_id) {
            self.bytes += span.memory();
            trace.spans.push(Arc::new(span));
            self.spans += 1;
            self.counts.received += 1;
        } else {
            self.counts.repeated += 1;
        }
    }

    fn keep_within(&mut self, limits: TraceLimits) {
        while self.spans > limits.spans || self.order.len() > limits.traces || self.bytes > limits.bytes {
            let Some(oldest) = self.order.pop_front() else { return };
            let evicted = self.traces.remove(&oldest).unwrap_or_default().spans;
            self.spans -= evicted.len();
            self.bytes -= evicted.iter().map(|span| span.memory()).sum::<usize>();
            self.counts.evicted += u64::try_from(evicted.len()).unwrap_or(u64::MAX);
        }
    }
}
