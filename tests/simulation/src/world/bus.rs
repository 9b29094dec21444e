//! The event bus: the events that it has accepted.

use std::ops::Range;
use std::sync::Mutex;

use es_core::StreamId;
use event_bus::PublishedEvent;

/// The source of all published events.
pub(crate) const SOURCE: &str = "shop";

/// An event bus. A position on the bus is the number of the events before it.
#[derive(Debug, Default)]
pub(crate) struct Bus(Mutex<Vec<PublishedEvent>>);

impl Bus {
    /// Accepts `event`.
    pub(crate) fn accept(&self, event: PublishedEvent) {
        self.0.lock().unwrap().push(event);
    }

    /// The accepted events in the sequence in which the bus has accepted them.
    pub(crate) fn events(&self) -> Vec<PublishedEvent> {
        self.0.lock().unwrap().clone()
    }

    /// The events between two positions that an operator has published again.
    pub(crate) fn replayed(&self, during: &Range<usize>) -> Vec<PublishedEvent> {
        let accepted = self.0.lock().unwrap();
        accepted[during.clone()].iter().filter(|event| event.replayed).cloned().collect()
    }

    /// The position at the end of the bus.
    pub(crate) fn end(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Whether the bus has accepted `event` before. Events that an operator has published again do not count.
    pub(crate) fn has(&self, event: &PublishedEvent) -> bool {
        let accepted = self.0.lock().unwrap();
        accepted.iter().any(|accepted| accepted.id == event.id && !accepted.replayed)
    }

    /// The version that a consumer of `stream` has reached. The consumer takes the events in the sequence of the bus, and
    /// drops an event that it has taken before, an event after a missing one, and an event that an operator has published
    /// again.
    pub(crate) fn position(&self, stream: &StreamId) -> u64 {
        let accepted = self.0.lock().unwrap();
        let events = accepted.iter().filter(|event| event.stream == *stream && !event.replayed);
        events.fold(0, |reached, event| reached + u64::from(event.version.get() == reached + 1))
    }

    /// Forgets all events, because the streams have other events after a restore.
    pub(crate) fn restart(&self) {
        self.0.lock().unwrap().clear();
    }
}
