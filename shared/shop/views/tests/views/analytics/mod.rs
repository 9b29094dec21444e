//! The analytics: what is counted, exactly once, and at what cost.

mod counting;
mod desk;
mod reading;
mod refusals;
