//! The operator functions: rebuild, redrive and reconcile. They work for every projection in the registry and name no
//! single one.

mod lease;
mod projections;
pub mod rebuild;
pub mod reconcile;
pub mod redrive;

pub use lease::{Lease, LeaseError, LeaseRefusal, LeasedAnswer};
pub use projections::{Projections, UnknownProjection};
