//! The log of published events and their deliveries, which the console shows. It is in memory, and has the newest
//! events.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use stack_base::clock::iso8601;
use stack_template::EventRule;
use tokio::sync::watch;

use super::event::Event;

/// Maximum number of events in the log.
const KEPT: usize = 500;
/// Maximum number of bytes of an event's document that the log keeps.
const DOCUMENT: usize = 8 * 1024;

/// The log of published events. Clones share it.
#[derive(Debug, Clone)]
pub struct EventLog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// Number of the next event, and so of all events before.
    next: u64,
    /// Oldest first.
    events: VecDeque<PublishedEvent>,
    buses: BTreeMap<String, BusCounts>,
    rules: Vec<RuleCounts>,
}

/// A published event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedEvent {
    /// Id of the event.
    pub id: String,
    /// Name of the bus.
    pub bus: String,
    /// Source of the event.
    pub source: String,
    /// The event's detail type.
    pub detail_type: String,
    /// What the event is about: `subject` of the detail, or else the first resource.
    pub subject: Option<String>,
    /// Time at which the bus accepted the event.
    pub at: String,
    /// The event as JSON, shortened if it is long.
    pub document: String,
    /// The deliveries to the targets of the rules that selected the event.
    pub deliveries: Vec<DeliveryView>,
}

/// The delivery of an event to a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    /// Name of the rule.
    pub rule: String,
    /// `queue` or `function`.
    pub kind: &'static str,
    /// Name of the queue or function.
    pub target: String,
    /// State of the delivery.
    pub state: DeliveryState,
    /// Number of attempts so far.
    pub attempts: u32,
    /// Error of the last attempt that failed.
    pub error: Option<String>,
}

/// State of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// The delivery has not been made yet, or is retried.
    Waiting,
    /// The target has the event. A function runs later.
    Delivered,
    /// The delivery was given up.
    Failed,
}

/// The counts of a bus since the stack started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BusCounts {
    /// Name of the bus.
    pub name: String,
    /// Number of accepted events.
    pub events: u64,
    /// Number of refused entries.
    pub refused: u64,
}

/// The counts of a rule since the stack started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCounts {
    /// Name of the rule.
    pub name: String,
    /// Name of the bus.
    pub bus: String,
    /// Number of selected events.
    pub events: u64,
    /// The rule's targets.
    pub targets: Vec<TargetCounts>,
}

/// The counts of a target since the stack started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetCounts {
    /// `queue` or `function`.
    pub kind: &'static str,
    /// Name of the queue or function.
    pub name: String,
    /// Name of the target's dead-letter queue.
    pub dead_letter_queue: Option<String>,
    /// Number of deliveries that wait for an attempt.
    pub waiting: u64,
    /// Number of deliveries that were made.
    pub delivered: u64,
    /// Number of deliveries that were given up.
    pub failed: u64,
}

/// A delivery in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Number of the event.
    pub(crate) event: u64,
    /// Index of the rule.
    pub(crate) rule: usize,
    /// Index of the target in the rule.
    pub(crate) target: usize,
    /// Index of the delivery in the event.
    pub(crate) delivery: usize,
}

impl EventLog {
    /// An empty log of these buses and rules.
    pub(crate) fn new<'b>(buses: impl Iterator<Item = &'b String>, rules: &[EventRule]) -> Self {
        let bus = |name: &String| (name.clone(), BusCounts { name: name.clone(), events: 0, refused: 0 });
        let state = State {
            next: 0,
            events: VecDeque::new(),
            buses: buses.map(bus).collect(),
            rules: rules.iter().map(RuleCounts::new).collect(),
        };
        Self(Arc::new(Shared { state: Mutex::new(state), changes: watch::Sender::new(()) }))
    }

    /// Reads the events, oldest first.
    pub fn read<T>(&self, read: impl FnOnce(&VecDeque<PublishedEvent>) -> T) -> T {
        read(&self.state().events)
    }

    /// The counts of the buses, by name.
    #[must_use]
    pub fn buses(&self) -> Vec<BusCounts> {
        self.state().buses.values().cloned().collect()
    }

    /// The counts of the rules, in the order of the template.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleCounts> {
        self.state().rules.clone()
    }

    /// A receiver that wakes when the log has changed.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.changes.subscribe()
    }

    /// Adds an event with the deliveries to the targets of `selecting`, the indexes of rules. Returns the deliveries.
    pub(crate) fn add(&self, event: &Event, selecting: &[usize]) -> Vec<Place> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        if let Some(bus) = state.buses.get_mut(&event.bus) {
            bus.events += 1;
        }
        let (mut places, mut deliveries) = (Vec::new(), Vec::new());
        for &rule in selecting {
            let Some(counts) = state.rules.get_mut(rule) else { continue };
            counts.events += 1;
            for (target, receiver) in counts.targets.iter_mut().enumerate() {
                receiver.waiting += 1;
                places.push(Place { event: number, rule, target, delivery: deliveries.len() });
                deliveries.push(DeliveryView {
                    rule: counts.name.clone(),
                    kind: receiver.kind,
                    target: receiver.name.clone(),
                    state: DeliveryState::Waiting,
                    attempts: 0,
                    error: None,
                });
            }
        }
        state.events.push_back(PublishedEvent::new(event, deliveries));
        if state.events.len() > KEPT {
            state.events.pop_front();
        }
        drop(state);
        self.0.changes.send_replace(());
        places
    }

    /// Counts a delivery that is made once more.
    pub(crate) fn repeat(&self, place: Place) {
        self.change(place, |counts, _| counts.waiting += 1);
    }

    /// Notes an attempt of a delivery: its new state, and its error if it failed.
    pub(crate) fn note(&self, place: Place, reached: DeliveryState, error: Option<String>) {
        self.change(place, |counts, delivery| {
            match reached {
                DeliveryState::Waiting => {}
                DeliveryState::Delivered => counts.delivered += 1,
                DeliveryState::Failed => counts.failed += 1,
            }
            counts.waiting = counts.waiting.saturating_sub(u64::from(reached != DeliveryState::Waiting));
            if let Some(delivery) = delivery {
                delivery.state = reached;
                delivery.attempts += 1;
                delivery.error = error.or_else(|| delivery.error.take());
            }
        });
    }

    /// Counts a refused entry for a bus.
    pub(crate) fn refuse(&self, bus: &str) {
        if let Some(bus) = self.state().buses.get_mut(bus) {
            bus.refused += 1;
        }
        self.0.changes.send_replace(());
    }

    /// Changes the counts of a target, and its delivery unless newer events have replaced the event.
    fn change(&self, place: Place, change: impl FnOnce(&mut TargetCounts, Option<&mut DeliveryView>)) {
        let mut state = self.state();
        let State { next, events, rules, .. } = &mut *state;
        let from_end = usize::try_from(*next - place.event).unwrap_or(usize::MAX);
        let event = events.len().checked_sub(from_end).and_then(|index| events.get_mut(index));
        let delivery = event.and_then(|event| event.deliveries.get_mut(place.delivery));
        if let Some(counts) = rules.get_mut(place.rule).and_then(|rule| rule.targets.get_mut(place.target)) {
            change(counts, delivery);
        }
        drop(state);
        self.0.changes.send_replace(());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PublishedEvent {
    fn new(event: &Event, deliveries: Vec<DeliveryView>) -> Self {
        let (document, resources) = (event.document.to_string(), &event.document["resources"]);
        let subject = event.document["detail"]["subject"].as_str().or_else(|| resources[0].as_str());
        let end = document.floor_char_boundary(DOCUMENT);
        Self {
            id: event.id.clone(),
            bus: event.bus.clone(),
            source: event.text("source").to_owned(),
            detail_type: event.text("detail-type").to_owned(),
            subject: subject.map(str::to_owned),
            at: iso8601(event.accepted_ms),
            document: document.get(..end).unwrap_or_default().to_owned(),
            deliveries,
        }
    }
}

impl RuleCounts {
    fn new(rule: &EventRule) -> Self {
        let targets = rule.targets.iter().map(|target| TargetCounts {
            kind: target.receiver.kind(),
            name: target.receiver.name().to_owned(),
            dead_letter_queue: target.dead_letter_queue.clone(),
            waiting: 0,
            delivered: 0,
            failed: 0,
        });
        Self { name: rule.name.clone(), bus: rule.bus.clone(), events: 0, targets: targets.collect() }
    }
}
