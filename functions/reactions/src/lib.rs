//! What follows from events without being a view: the publisher of all events on an event bus.

pub mod publish_events;
pub mod registry;
