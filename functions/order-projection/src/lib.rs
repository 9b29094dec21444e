//! Projection function: the commits of order streams into the views of the query table.
//!
//! What an event changes is here; what is done with a batch is in the crate [`projection`](::projection).

mod projection;

use ::projection::Projector;

pub use crate::projection::OrderProjection;

/// The order projection with what it works on.
pub type OrderProjector<R, W, Q> = Projector<OrderProjection, R, W, Q>;
