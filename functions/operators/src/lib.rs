//! The operators' functions: rebuild, redrive, reconcile. They take the projections from the registry and name none.

mod projections;
pub mod rebuild;
pub mod reconcile;
pub mod redrive;

pub use projections::{Projections, UnknownProjection};
