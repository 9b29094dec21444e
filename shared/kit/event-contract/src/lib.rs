//! The published contract of events: a JSON Schema of each event and schema number, an `AsyncAPI` document and a page.
//!
//! [`EventContract`] generates all three from the types of the events and compares them with the committed files. The
//! schema of an old number has no type any more, so its file is the source. [`changes`] tells which changes of a schema
//! break a consumer. [`EventSchemas`] reads the committed schemas and checks events against them. [`check_codec`] checks
//! that the code reads every event that the schemas allow.
//!
//! The crate is for tests only. No function depends on it.

mod any_event;
mod asyncapi;
mod compatibility;
mod contract;
mod envelope;
mod error;
mod event_type;
mod files;
mod json;
mod page;
mod schemas;

pub use any_event::check_codec;
pub use compatibility::{Change, ChangeKind, changes};
pub use contract::EventContract;
pub use error::ContractError;
pub use event_type::{EventType, event_types};
pub use schemas::EventSchemas;
