//! What has come of all spans.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use localstack::stack::TelemetryOptions;
use stack_telemetry::otlp::{TraceId, TraceLimits, TraceStore};

/// Projections that each order goes into.
pub(crate) const PROJECTIONS: usize = 4;
/// Longest wait for the projections to catch up.
const PATIENCE: Duration = Duration::from_mins(3);
/// So long without a span, and it is looked again.
const QUIET: Duration = Duration::from_secs(2);

/// A receiver with room for every span.
pub(crate) fn keeping_all() -> TelemetryOptions {
    let limits = TraceLimits { traces: 50_000, spans: 500_000 };
    TelemetryOptions { limits, ..TelemetryOptions::default() }
}

/// All spans at one time.
#[derive(Debug, Default)]
pub(crate) struct Received {
    names: HashMap<TraceId, BTreeMap<String, usize>>,
    /// The projections that folded an event made in a trace, sorted.
    pub(crate) projected: HashMap<TraceId, Vec<String>>,
    /// Spans whose parent, a span of the same function, is not there.
    pub(crate) without_parent: Vec<String>,
}

impl Received {
    /// What has come as soon as `enough` has, or else in the end.
    pub(crate) async fn once(store: &TraceStore, enough: impl Fn(&Self) -> bool) -> Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            store.settled(QUIET, PATIENCE).await;
            let received = Self::of_store(store);
            if enough(&received) || Instant::now() > deadline {
                return received;
            }
        }
    }

    /// How many spans of each name a trace has.
    pub(crate) fn of(&self, trace: TraceId) -> BTreeMap<String, usize> {
        self.names.get(&trace).cloned().unwrap_or_default()
    }

    /// How many spans of this name there are in all.
    pub(crate) fn number_of(&self, name: &str) -> usize {
        self.names.values().filter_map(|spans| spans.get(name)).sum()
    }

    /// Whether an order that was created in `trace` has gone into every projection.
    pub(crate) fn is_projected(&self, trace: TraceId) -> bool {
        let mut projections = self.projected.get(&trace).cloned().unwrap_or_default();
        projections.dedup();
        projections.len() == PROJECTIONS
    }

    /// Panics where a span is missing of an order that was created in `trace`, or is there twice.
    pub(crate) fn assert_command(&self, trace: TraceId) {
        let spans = self.of(trace);
        for name in ["command.create-order", "decide", "event_store.append"] {
            assert_eq!(spans.get(name), Some(&1), "{trace}: {name} in {spans:?}");
        }
        assert!(spans.contains_key("DynamoDB.PutItem"), "{trace}: {spans:?}");
        assert!(self.is_projected(trace), "{trace}: {:?}", self.projected.get(&trace));
    }

    fn of_store(store: &TraceStore) -> Self {
        let mut received = Self::default();
        for trace in store.traces() {
            let ids: HashSet<_> = trace.iter().map(|span| span.span_id).collect();
            for span in trace {
                *received.names.entry(span.trace_id).or_default().entry(span.name.clone()).or_default() += 1;
                if span.parent.is_some_and(|parent| !ids.contains(&parent)) {
                    received.without_parent.push(format!("{} of trace {}", span.name, span.trace_id));
                }
                if span.name == "projection.OrderCreated" {
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
