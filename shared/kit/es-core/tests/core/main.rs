//! Tests of the public API, with a counter as the aggregate and an event store in memory.
#![cfg(test)]

mod codec;
mod conflict;
mod contention;
mod counter;
mod distant;
mod history;
mod idempotency;
mod json;
mod keys;
mod personal;
mod rivals;
mod snapshot;
mod specification;
mod streams;
mod values;
