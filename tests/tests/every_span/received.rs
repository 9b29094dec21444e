//! What has come of all spans.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use localstack::otlp::{TraceId, TraceStore};

/// Longest wait for the projections to catch up.
const PATIENCE: Duration = Duration::from_mins(3);
/// So long without a span, and it is looked again.
const QUIET: Duration = Duration::from_secs(2);

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
