//! Projection function: the commits of product streams into the views of the query table.
//!
//! What an event changes is here; what is done with a batch is in the crate [`projection`](::projection).

mod projection;

pub use crate::projection::ProductProjection;
