//! Publishes the events of all streams on an event bus.
//!
//! The publisher follows the event stream like a projection ([`projection::Projector`]): it drops what it has published,
//! and reads commits that the event stream has not delivered from the event table. Each stream has a checkpoint. A
//! checkpoint moves only over events that the bus has accepted, so every event is published at least once and none is
//! skipped. Each delivery of a stream is in the order of its versions.
//!
//! Events are published as they are stored. [`publish_again`] publishes events once more when an operator wants that.

mod again;
mod bus;
mod checkpoints;
mod envelope;
mod event_bridge;
mod function;
mod limits;
mod publisher;
mod sending;
mod writer;

pub use again::publish_again;
pub use bus::{BusEntry, EventBus, PutError};
pub use envelope::Envelope;
pub use event_bridge::EventBridge;
pub use function::{PublicationSettings, Vocabulary, checkpoint_table, run};
pub use limits::{MAX_BYTES, MAX_ENTRIES};
pub use publisher::{PublishEvents, Publisher, facts};
pub use writer::{BusWriter, NAME};
