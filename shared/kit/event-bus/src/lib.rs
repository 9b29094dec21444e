//! Events on an event bus: the envelope around an event, written by a publisher and read by consumers.
//!
//! The envelope is a `CloudEvent` 1.0 in the JSON format. An `EventBridge` entry has it as `detail`. The crate has no
//! client of any service, so a consumer that depends on it stays small.

mod envelope;
mod schema;
mod sequence;

pub use envelope::{EventContent, PublishedEvent, Replay, Unread};
pub use schema::{EventSchema, InvalidSchema};
