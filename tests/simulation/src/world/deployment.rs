//! The deployment: the projection functions and the generations of the query table. It changes during a run.

use std::collections::BTreeSet;
use std::sync::Mutex;

use projection::ProjectionFacts;
use projections::registry;

/// The name of the function that rebuilds the query table.
pub(crate) const REBUILD: &str = "rebuild";

/// The name of the operations table.
pub(crate) const OPERATIONS: &str = "operations";
/// The name of the event table.
pub(crate) const EVENTS: &str = "events";
/// The name of the event table after a point-in-time restore.
pub(crate) const RESTORED_EVENTS: &str = "events-restored";

/// A projection function, identified by its projection's name, or the redrive function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Function(pub(crate) &'static str);

impl Function {
    /// The function that redrives failed records.
    pub(crate) const REDRIVE: Self = Self("redrive");

    /// Every projection function.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        registry::all::<ProjectionFacts>().into_iter().map(|facts| Self(facts.name))
    }

    /// Every function that writes views and is deployed on its own.
    pub(crate) fn that_write_views() -> impl Iterator<Item = Self> {
        Self::all().chain([Self::REDRIVE])
    }

    pub(crate) const fn name(self) -> &'static str {
        self.0
    }
}

/// A generation of the query table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    Blue,
    Green,
    /// The generation that is built from a restored event table.
    Restored,
}

impl Generation {
    /// The generations before a restore.
    pub(crate) const BOTH: [Self; 2] = [Self::Blue, Self::Green];

    /// The name of its table.
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Blue => "views-blue",
            Self::Green => "views-green",
            Self::Restored => "views-restored",
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green | Self::Restored => Self::Blue,
        }
    }
}

/// What is new in the events that new code writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FutureEvents {
    /// A schema number.
    Schema,
    /// A type of event.
    Type,
}

/// The generation that queries read, the functions that feed the other generation too, and the functions whose code
/// knows the new events. An invocation uses the deployment at its start.
#[derive(Debug)]
pub(crate) struct Deployment(Mutex<Parameters>);

#[derive(Debug)]
struct Parameters {
    event_table: &'static str,
    live: Generation,
    feed_both: BTreeSet<Function>,
    /// What is new in the events that the commands write.
    future_events: Option<FutureEvents>,
    /// The functions that read the new events.
    know_future_events: BTreeSet<Function>,
    /// The streams with new events.
    future_streams: BTreeSet<String>,
}

impl Deployment {
    /// A deployment with the blue generation only.
    pub(crate) const fn first() -> Self {
        Self(Mutex::new(Parameters {
            event_table: EVENTS,
            live: Generation::Blue,
            feed_both: BTreeSet::new(),
            future_events: None,
            know_future_events: BTreeSet::new(),
            future_streams: BTreeSet::new(),
        }))
    }

    /// The generation that queries read.
    pub(crate) fn live(&self) -> Generation {
        self.0.lock().unwrap().live
    }

    /// Switches queries to `generation`.
    pub(crate) fn cut_over(&self, generation: Generation) {
        self.0.lock().unwrap().live = generation;
    }

    /// Makes `function` feed both generations.
    pub(crate) fn feed_both(&self, function: Function) {
        self.0.lock().unwrap().feed_both.insert(function);
    }

    /// Makes `function` feed the live generation only.
    pub(crate) fn feed_live_only(&self, function: Function) {
        self.0.lock().unwrap().feed_both.remove(&function);
    }

    /// The name of the event table that the functions use.
    pub(crate) fn event_table(&self) -> &'static str {
        self.0.lock().unwrap().event_table
    }

    /// Makes the functions use the restored event table, and the blue generation only.
    pub(crate) fn use_restored_event_table(&self) {
        let parameters = &mut *self.0.lock().unwrap();
        (parameters.event_table, parameters.live) = (RESTORED_EVENTS, Generation::Blue);
        parameters.feed_both.clear();
    }

    /// The generations that `function` feeds: the live one and, if `function` feeds both, the other.
    pub(crate) fn fed_by(&self, function: Function) -> (Generation, Option<Generation>) {
        let Parameters { live, feed_both, .. } = &*self.0.lock().unwrap();
        (*live, feed_both.contains(&function).then(|| live.other()))
    }

    /// Deploys commands that write new events.
    pub(crate) fn write_future_events(&self, future: FutureEvents) {
        self.0.lock().unwrap().future_events = Some(future);
    }

    /// What is new in the events that the commands write.
    pub(crate) fn future_events(&self) -> Option<FutureEvents> {
        self.0.lock().unwrap().future_events
    }

    /// Deploys code of `function` that knows the new events.
    pub(crate) fn teach_future_events(&self, function: Function) {
        self.0.lock().unwrap().know_future_events.insert(function);
    }

    pub(crate) fn knows_future_events(&self, function: Function) -> bool {
        self.0.lock().unwrap().know_future_events.contains(&function)
    }

    /// Records that `stream` has a new event.
    pub(crate) fn record_future(&self, stream: &str) {
        self.0.lock().unwrap().future_streams.insert(stream.to_owned());
    }

    /// Whether `stream` has a new event.
    pub(crate) fn has_future(&self, stream: &str) -> bool {
        self.0.lock().unwrap().future_streams.contains(stream)
    }
}
