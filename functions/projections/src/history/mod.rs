//! Projection function: the commits of order streams into the histories of the query table.
//!
//! What an event adds is here; what is done with a batch is in the crate [`projection`](::projection).

mod event;
mod projection;

pub use crate::history::event::KeptEvent;
pub use crate::history::projection::HistoryProjection;
