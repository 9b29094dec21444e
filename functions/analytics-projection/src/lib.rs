//! Projection function: the orders of each day into the counters of the query table, each exactly once.
//!
//! What an event changes in the counters is here; what is done with a batch is in the crate
//! [`projection`](::projection).

mod projection;

use ::projection::Projector;

pub use crate::projection::AnalyticsProjection;

/// The analytics projection with what it works on.
pub type AnalyticsProjector<R, W, Q> = Projector<AnalyticsProjection, R, W, Q>;
