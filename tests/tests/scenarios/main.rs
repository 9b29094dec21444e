//! The end-to-end scenarios: real HTTP against real function binaries, on the stack at `STACK_URL`, or else on an
//! embedded one that this test starts.
#![cfg(test)]

mod analytics;
mod batches;
mod healing;
mod history;
mod idempotency;
mod identity;
mod life;
mod listing;
mod products;
mod refusals;
mod searching;
mod support;
mod views;
