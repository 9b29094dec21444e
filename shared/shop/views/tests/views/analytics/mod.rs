//! Tests the analytics.

mod counting;
pub(crate) mod desk;
mod reading;
mod refusals;
