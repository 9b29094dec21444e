//! Projection function: the commits of product streams into the views of the query table.
//!
//! What an event changes is here; what is done with a batch is in the crate [`projection`](::projection).

mod projection;

use ::projection::Projector;

pub use crate::projection::ProductProjection;

/// The product projection with what it works on.
pub type ProductProjector<R, W, Q> = Projector<ProductProjection, R, W, Q>;
