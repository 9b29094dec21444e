//! The end-to-end scenarios: real HTTP against real function binaries, on the stack at `STACK_URL`, or else on an
//! embedded one that this test starts.

#[cfg(test)]
mod analytics;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod conflicts;
#[cfg(test)]
mod healing;
#[cfg(test)]
mod history;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod life;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod products;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod searching;
#[cfg(test)]
mod support;
#[cfg(test)]
mod views;
#[cfg(test)]
mod waiting;
