//! Projection function: the words of the orders into the search index of the query table.
//!
//! What an event makes an order found by is here; what is done with a batch is in the crate
//! [`projection`](::projection).

mod index;
mod projection;

use ::projection::Projector;

pub use crate::index::SearchIndex;
pub use crate::projection::{SearchChange, SearchProjection};

/// The search projection with what it works on.
pub type SearchProjector<R, W, Q> = Projector<SearchProjection, R, W, Q>;
