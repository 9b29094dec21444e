//! The operator functions: rebuild, redrive, reconcile and republish. They work for every projection and every follower in
//! the registries and name no single one.

mod lease;
mod pace;
mod projections;
pub mod rebuild;
pub mod reconcile;
pub mod redrive;
pub mod republish;

pub use lease::{Lease, LeaseError, LeaseRefusal, LeasedAnswer};
pub use projections::{Projections, UnknownProjection};
