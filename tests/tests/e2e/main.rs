//! Tests on running stacks. Most of them start an embedded stack of their own with the real functions; `scenarios` also run
//! on the stack at `STACK_URL`.
//!
//! All are modules of one binary, because each binary links the AWS SDK again, and because cargo runs one binary after the
//! other: here, the tests that wait for a stack overlap. `cargo test --workspace --test e2e recovery::` runs one module.
//!
//! Tests start in the order of their names. `adopted_table` and `allowed_calls` take minutes and mostly wait, so their names
//! are among the first.
#![cfg(test)]

mod abuse;
mod adopted_table;
mod allowed_calls;
mod chaos;
mod claims;
mod collector;
mod console;
mod costs;
mod durability;
mod every_span;
mod lost_collector;
mod monitoring;
mod performance;
mod personal_data;
mod publication;
mod recovery;
mod scenarios;
mod secrets;
mod slow_projection;
mod traces;
