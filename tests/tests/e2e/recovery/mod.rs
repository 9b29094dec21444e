//! Tests the recovery by operators on embedded stacks that keep their data when their parameters change. Generations of
//! the query table are built under load, cut over and rolled back. Batches that the event source mapping gave up are
//! redriven, and unreadable messages are discarded. Events are delivered to a reaction several times.

mod generations;
mod given_up;
mod leases;
mod messages;
mod reactions;
pub(crate) mod shop;
