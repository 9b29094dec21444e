//! Projection function: the words of the orders into the search index of the query table.
//!
//! What an event makes an order found by is here; what is done with a batch is in the crate
//! [`projection`](::projection).

mod index;
mod projection;

pub use crate::search::index::SearchIndex;
pub use crate::search::projection::{SearchChange, SearchProjection};
