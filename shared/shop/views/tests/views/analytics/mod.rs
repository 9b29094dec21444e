//! Tests the analytics.

mod counting;
pub(crate) mod fixture;
mod reading;
mod refusals;
