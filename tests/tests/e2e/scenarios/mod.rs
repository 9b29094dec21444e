//! The end-to-end scenarios. They call the real functions over HTTP, on the stack at `STACK_URL` or on an embedded
//! stack that the tests start.

mod analytics;
mod batches;
mod browsers;
mod bus;
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
