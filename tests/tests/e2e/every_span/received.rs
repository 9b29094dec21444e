//! Reads the received spans and counts them by trace.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use localstack::stack::TelemetryOptions;
use stack_telemetry::otlp::{TraceId, TraceLimits, TraceStore};

/// The number of projections that handle each order.
pub(crate) const PROJECTIONS: usize = 4;
/// The longest wait for the projections to catch up.
const PATIENCE: Duration = Duration::from_mins(3);
/// The spans are checked after no span has arrived for this time.
const QUIET: Duration = Duration::from_secs(2);

/// Options for a receiver that has room for every span.
pub(crate) fn options_for_all_spans() -> TelemetryOptions {
    let limits = TraceLimits { traces: 50_000, spans: 500_000, bytes: 2 << 30 };
    TelemetryOptions { limits, ..TelemetryOptions::default() }
}

/// The spans that had arrived at one point in time.
#[derive(Debug, Default)]
pub(crate) struct ReceivedSpans {
    /// For each trace, the number of spans with each name.
    names: HashMap<TraceId, BTreeMap<String, usize>>,
    /// For each trace that created an order, the projections that handled the order, sorted.
    pub(crate) projected: HashMap<TraceId, Vec<String>>,
    /// Descriptions of the spans whose parent has not arrived. A parent is always a span of the same function.
    pub(crate) without_parent: Vec<String>,
}

impl ReceivedSpans {
    /// Waits until the received spans fulfil `enough`, but at most [`PATIENCE`], and returns them.
    pub(crate) async fn wait_until(store: &TraceStore, enough: impl Fn(&Self) -> bool) -> Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            store.settled(QUIET, PATIENCE).await;
            let received = Self::from_store(store);
            if enough(&received) || Instant::now() > deadline {
                return received;
            }
        }
    }

    /// The number of spans with each name in `trace`.
    pub(crate) fn spans_of(&self, trace: TraceId) -> BTreeMap<String, usize> {
        self.names.get(&trace).cloned().unwrap_or_default()
    }

    /// The number of spans named `name` in all traces.
    pub(crate) fn number_of(&self, name: &str) -> usize {
        self.names.values().filter_map(|spans| spans.get(name)).sum()
    }

    /// Whether every projection has handled the order that was created in `trace`.
    pub(crate) fn is_projected(&self, trace: TraceId) -> bool {
        let mut projections = self.projected.get(&trace).cloned().unwrap_or_default();
        projections.dedup();
        projections.len() == PROJECTIONS
    }

    /// Asserts that the spans of the command and of the projections have arrived for the order that was created in
    /// `trace`, and that no span of the command has arrived twice.
    pub(crate) fn assert_command(&self, trace: TraceId) {
        let spans = self.spans_of(trace);
        for name in ["command.create_order", "decide", "event_store.append_event"] {
            assert_eq!(spans.get(name), Some(&1), "{trace}: {name} in {spans:?}");
        }
        assert!(spans.contains_key("DynamoDB.PutItem"), "{trace}: {spans:?}");
        assert!(self.is_projected(trace), "{trace}: {:?}", self.projected.get(&trace));
    }

    fn from_store(store: &TraceStore) -> Self {
        let mut received = Self::default();
        for trace in store.traces() {
            let ids: HashSet<_> = trace.iter().map(|span| span.span_id).collect();
            for span in trace {
                *received.names.entry(span.trace_id).or_default().entry(span.name.clone()).or_default() += 1;
                if span.parent.is_some_and(|parent| !ids.contains(&parent)) {
                    received.without_parent.push(format!("{} of trace {}", span.name, span.trace_id));
                }
                if span.name == "projection.order_created" {
                    for link in &span.links {
                        received.projected.entry(link.trace_id).or_default().push(span.service().to_owned());
                    }
                }
            }
        }
        received.projected.values_mut().for_each(|projections| projections.sort());
        received
    }
}
