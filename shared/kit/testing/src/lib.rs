//! Fakes, contracts and specifications for tests; never deployed.
//!
//! - [`given`] specifies a decider: given these events, when this command, then those events.
//! - [`assert_stored_states`] notices a changed shape of a state with an unchanged schema number.
//! - [`InMemoryEventStore`] implements both ports of an event store and behaves like the `DynamoDB` adapter.
//! - [`forward_reads!`] writes the reads that a fake store passes on to another store.
//! - [`GaugedEventStore`] counts concurrent calls.
//! - [`store_contract!`] and [`contract`] test the obligations of every event store.
//! - [`command_contract!`] and [`command`] test the obligations of every command function.
//! - [`gateway`] has the sample requests of every HTTP function.
//! - [`kinesis`] has the batches of every projection, and [`InMemoryDeadLetters`] stores the dead letters.
//! - [`reaction`] tests the obligations of every reaction with its sample events.
//! - [`StoppedClock`] always returns the same time.
//! - [`dynamodb`] runs `DynamoDB` in the test's process, counts its requests and scripts its faults.
//! - [`ScriptedService`] is an AWS service behind the SDK whose responses are a script.
//! - [`tls`] puts HTTPS in front of an HTTP service.
//! - [`has_environment`] runs a test in a process with another environment.
//! - [`logged`] returns the log lines with their metrics.
//! - [`exported_spans`] returns the spans, with their attributes and links.
//! - [`consumed_capacities`] returns the capacity that is recorded on each span.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails where its setup fails")]
#![expect(
    clippy::missing_panics_doc,
    reason = "every assertion in this crate panics if it fails; that is its purpose"
)]

mod clock;
#[cfg(feature = "dynamodb")]
pub mod command;
pub mod contract;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
mod environment;
mod exported;
mod forward;
pub mod gateway;
mod gauge;
pub mod kinesis;
mod letters;
mod lines;
mod memory;
pub mod reaction;
#[cfg(feature = "dynamodb")]
mod scripted;
mod spans;
mod specification;
mod stored_states;
#[cfg(feature = "dynamodb")]
pub mod tls;

pub use clock::StoppedClock;
pub use environment::has_environment;
pub use exported::{ExportedSpan, exported_spans};
pub use gauge::GaugedEventStore;
pub use letters::InMemoryDeadLetters;
pub use lines::logged;
pub use memory::InMemoryEventStore;
#[cfg(feature = "dynamodb")]
pub use scripted::{ScriptedAnswer, ScriptedRequest, ScriptedService};
pub use spans::{SpanValue, consumed_capacities, recorded_values};
pub use specification::{Given, When, given};
pub use stored_states::assert_stored_states;
