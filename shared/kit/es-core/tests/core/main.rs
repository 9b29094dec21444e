//! The core through its public doors, with a counter as its aggregate and an event store in memory.
#![cfg(test)]

mod codec;
mod conflict;
mod counter;
mod history;
mod idempotency;
mod rivals;
mod snapshot;
mod specification;
mod streams;
