//! Projection function: the orders of each day into the counters of the query table, each exactly once.
//!
//! What an event changes in the counters is here; what is done with a batch is in the crate
//! [`projection`](::projection).

mod projection;

pub use crate::projection::AnalyticsProjection;
