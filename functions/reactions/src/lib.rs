//! What follows from events without being a view: the publisher of all events on an event bus, and the reactions to
//! published events. A reaction executes commands.
//!
//! The crate [`reaction`] reads a published event and executes the command, exactly once in effect.

mod notify_customer;
pub mod publish_events;
pub mod registry;

pub use notify_customer::NotifyCustomer;
use reaction::Reaction;

/// Runs the function of the reaction `R` until Lambda stops its sandbox; see [`reaction::run`]. `binary` is the name of
/// the calling binary.
///
/// # Errors
/// Those of [`reaction::run`].
pub fn run<R: Reaction>(binary: &'static str) -> Result<(), lambda::Error> {
    reaction::run::<R>(shop_contract::NAMESPACE, binary)
}
