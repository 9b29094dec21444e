//! The functions as they are deployed, each with a client of its own.

mod api;
mod projections;
mod rebuild;
mod request;

pub(crate) use api::Api;
pub(crate) use projections::{Ended, Functions};
pub(crate) use rebuild::Rebuild;
pub(crate) use request::{Caller, Request, Route};
