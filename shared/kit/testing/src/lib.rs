//! Test doubles and specifications; never deployed.
//!
//! - [`given`] specifies a decider: given these events, when this command, then those events.
//! - [`InMemoryEventStore`] serves both ports of an event store, with what `DynamoDB` answers.
//! - [`GaugedEventStore`] tells how many calls it served at the same time.
//! - [`store_contract!`] and [`contract`] hold what every event store passes.
//! - [`command_contract!`] and [`command`] hold what every command function passes.
//! - [`gateway`] has the sample requests of every HTTP function.
//! - [`kinesis`] has the batches of every projection, [`InMemoryDeadLetters`] takes what they set aside.
//! - [`StoppedClock`] stands still.
//! - [`dynamodb`] runs `DynamoDB` in the test's own process, counts its requests and scripts its faults.
//! - [`tls`] puts HTTPS in front of an HTTP service.
//! - [`consumed_capacities`] tells which capacity each span was given.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]
#![expect(
    clippy::missing_panics_doc,
    reason = "an expectation panics where it is not met; that is its purpose"
)]

mod clock;
#[cfg(feature = "dynamodb")]
pub mod command;
pub mod contract;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
pub mod gateway;
mod gauge;
pub mod kinesis;
mod letters;
mod memory;
mod spans;
mod specification;
#[cfg(feature = "dynamodb")]
pub mod tls;

pub use clock::StoppedClock;
pub use gauge::GaugedEventStore;
pub use letters::InMemoryDeadLetters;
pub use memory::InMemoryEventStore;
pub use spans::consumed_capacities;
pub use specification::{Given, When, given};
