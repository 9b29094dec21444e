//! The functions that follow events without a view. Each reaction executes commands that follow from events on the bus.
//!
//! The crate [`reaction`] reads the events and executes the commands, exactly once in effect.

mod notify_customer;

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
