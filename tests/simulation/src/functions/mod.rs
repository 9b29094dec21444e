//! The deployed functions. Each has its own client.

mod api;
mod bus;
mod instances;
mod leased;
mod prices;
mod projections;
mod publisher;
mod queues;
mod reaction;
mod rebuild;
mod reconcile;
mod redrive;
mod republish;
mod request;

pub(crate) use api::Api;
pub(crate) use instances::{Instances, generation_names, query_tables};
pub(crate) use prices::Prices;
pub(crate) use projections::{Ended, Functions, PROJECTION_TIMEOUT};
pub(crate) use publisher::publications;
pub(crate) use reaction::{failed_events, rule};
pub(crate) use rebuild::Rebuild;
pub(crate) use reconcile::reconcile;
pub(crate) use redrive::RedriveFunction;
pub(crate) use republish::RepublishFunction;
pub(crate) use request::{Route, SimulatedCaller, SimulatedRequest};
