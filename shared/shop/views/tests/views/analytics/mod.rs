//! Tests the analytics.

mod counting;
pub(crate) mod fixture;
mod interleaving;
mod reading;
mod refusals;
mod together;
