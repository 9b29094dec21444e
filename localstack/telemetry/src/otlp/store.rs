//! The last traces, in memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::span::{Span, SpanId, TraceId};

/// How much is kept; the trace that came first goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceLimits {
    /// Traces, at most.
    pub traces: usize,
    /// Spans of all traces, at most.
    pub spans: usize,
}

impl Default for TraceLimits {
    /// Some tens of megabytes of such spans as a function makes.
    fn default() -> Self {
        Self { traces: 5_000, spans: 50_000 }
    }
}

/// How many spans have come so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanCounts {
    /// Each span once.
    pub received: u64,
    /// Spans that were there already: an exporter that hears no answer sends them again.
    pub repeated: u64,
    /// What was sent as a span and has an invalid id.
    pub rejected: u64,
    /// Spans that had to make room for later ones.
    pub evicted: u64,
}

/// The traces of a stack; clones share them.
#[derive(Debug, Clone)]
pub struct TraceStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: TraceLimits,
    held: Mutex<Held>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Held {
    traces: HashMap<TraceId, Trace>,
    /// The trace that came first in front.
    order: VecDeque<TraceId>,
    spans: usize,
    counts: SpanCounts,
}

/// The spans of one trace, in the order in which they came.
#[derive(Debug, Default)]
struct Trace {
    spans: Vec<Arc<Span>>,
    ids: HashSet<SpanId>,
}

impl TraceStore {
    /// An empty store.
    #[must_use]
    pub fn new(limits: TraceLimits) -> Self {
        Self(Arc::new(Inner { limits, held: Mutex::default(), changed: watch::channel(()).0 }))
    }

    /// How many spans have come so far.
    #[must_use]
    pub fn counts(&self) -> SpanCounts {
        self.held().counts
    }

    /// Spans received so far, each counted once.
    #[must_use]
    pub fn spans_received(&self) -> u64 {
        self.counts().received
    }

    /// The spans of a trace, in the order in which they came; none where it is not known, or no longer.
    #[must_use]
    pub fn trace(&self, trace: TraceId) -> Vec<Arc<Span>> {
        self.held().traces.get(&trace).map(|trace| trace.spans.clone()).unwrap_or_default()
    }

    /// The spans of each trace, the one that came last in front.
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

    /// All spans for which `wanted` holds, the trace that came first in front.
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

    /// Waits until `found` finds what it looks for, which is asked anew whenever spans have come.
    /// `None` when it has not after `patience`.
    pub async fn wait_for<T>(
        &self,
        patience: Duration,
        mut found: impl FnMut(&Self) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut changed = self.changes();
        loop {
            if let Some(found) = found(self) {
                return Some(found);
            }
            tokio::time::timeout_at(deadline, changed.changed()).await.ok()?.ok()?;
        }
    }

    /// Waits until no span has come for `quiet`, or until `patience` is over.
    pub async fn settled(&self, quiet: Duration, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut changed = self.changes();
        while tokio::time::timeout(quiet, changed.changed()).await.is_ok() && Instant::now() < deadline {}
    }

    /// Wakes whenever spans have come.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// Takes spans, and the number of those that were invalid.
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

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn take(&mut self, span: Span) {
        let trace = self.traces.entry(span.trace_id).or_insert_with(|| {
            self.order.push_back(span.trace_id);
            Trace::default()
        });
        if trace.ids.insert(span.span_id) {
            trace.spans.push(Arc::new(span));
            self.spans += 1;
            self.counts.received += 1;
        } else {
            self.counts.repeated += 1;
        }
    }

    fn keep_within(&mut self, limits: TraceLimits) {
        while self.spans > limits.spans || self.order.len() > limits.traces {
            let Some(oldest) = self.order.pop_front() else { return };
            let evicted = self.traces.remove(&oldest).map_or(0, |trace| trace.spans.len());
            self.spans -= evicted;
            self.counts.evicted += u64::try_from(evicted).unwrap_or(u64::MAX);
        }
    }
}
