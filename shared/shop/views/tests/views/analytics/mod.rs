//! Tests the analytics.

mod counting;
mod fixture;
mod reading;
mod refusals;
