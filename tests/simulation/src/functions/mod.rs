//! The deployed functions. Each has its own client.

mod api;
mod projections;
mod rebuild;
mod request;

pub(crate) use api::Api;
pub(crate) use projections::{Ended, Functions};
pub(crate) use rebuild::Rebuild;
pub(crate) use request::{Route, SimulatedCaller, SimulatedRequest};
