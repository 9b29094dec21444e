//! The deployment: the functions, their code and their tables. It changes during a run.

use std::collections::BTreeSet;
use std::sync::Mutex;

use projection::ProjectionFacts;
use projections::registry;
use view_store::Generation;

/// The name of the function that rebuilds the query table.
pub(crate) const REBUILD: &str = "rebuild";
/// The name of the function that publishes events again.
pub(crate) const REPUBLISH: &str = "republish";

/// The name of the operations table.
pub(crate) const OPERATIONS: &str = "operations";
/// The name of the table with the publisher's checkpoints.
pub(crate) const PUBLICATIONS: &str = "publications";
/// The name of the event table.
pub(crate) const EVENTS: &str = "events";
/// The name of the event table after a point-in-time restore.
pub(crate) const RESTORED_EVENTS: &str = "events-restored";

/// A function that follows the stream or the event bus, or the redrive function, identified by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Function(pub(crate) &'static str);

impl Function {
    /// The function that redrives failed records.
    pub(crate) const REDRIVE: Self = Self("redrive");

    /// The function that publishes events.
    pub(crate) const PUBLISHER: Self = Self("publish-events");

    /// The reaction that requests notifications of customers.
    pub(crate) const NOTIFY_CUSTOMER: Self = Self("notify-customer");

    /// Every function that follows the stream: the projection functions and the publisher.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::projections().chain([Self::PUBLISHER])
    }

    /// Every projection function.
    fn projections() -> impl Iterator<Item = Self> {
        registry::all::<ProjectionFacts>().into_iter().map(|facts| Self(facts.name))
    }

    /// Every function that reads the data of events and is deployed on its own.
    pub(crate) fn that_read_events() -> impl Iterator<Item = Self> {
        Self::projections().chain([Self::REDRIVE, Self::NOTIFY_CUSTOMER])
    }

    pub(crate) const fn name(self) -> &'static str {
        self.0
    }
}

/// Both generations of the query table.
pub(crate) const GENERATIONS: [Generation; 2] = [Generation::Blue, Generation::Green];

/// The name of the table of `generation`.
pub(crate) const fn table_of(generation: Generation) -> &'static str {
    match generation {
        Generation::Blue => "views-blue",
        Generation::Green => "views-green",
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

/// The event table, and the functions whose code knows the new events. An invocation uses the deployment at its start.
#[derive(Debug)]
pub(crate) struct Deployment(Mutex<Parameters>);

#[derive(Debug)]
struct Parameters {
    event_table: &'static str,
    /// The generation that the checks read instead of the live one.
    checked: Option<Generation>,
    /// What is new in the events that the commands write.
    future_events: Option<FutureEvents>,
    /// The functions that read the new events.
    know_future_events: BTreeSet<Function>,
    /// The streams with new events.
    future_streams: BTreeSet<String>,
}

impl Deployment {
    /// The first deployment.
    pub(crate) const fn first() -> Self {
        Self(Mutex::new(Parameters {
            event_table: EVENTS,
            checked: None,
            future_events: None,
            know_future_events: BTreeSet::new(),
            future_streams: BTreeSet::new(),
        }))
    }

    /// Makes queries read `generation` for the checks.
    pub(crate) fn check(&self, generation: Generation) {
        self.0.lock().unwrap().checked = Some(generation);
    }

    /// The generation that the checks read instead of the live one.
    pub(crate) fn checked(&self) -> Option<Generation> {
        self.0.lock().unwrap().checked
    }

    /// The name of the event table that the functions use.
    pub(crate) fn event_table(&self) -> &'static str {
        self.0.lock().unwrap().event_table
    }

    /// Makes the functions use the restored event table, and queries the live generation.
    pub(crate) fn use_restored_event_table(&self) {
        let parameters = &mut *self.0.lock().unwrap();
        (parameters.event_table, parameters.checked) = (RESTORED_EVENTS, None);
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
