//! Tests the analytics.

mod counting;
mod desk;
mod reading;
mod refusals;
