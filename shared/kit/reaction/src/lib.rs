//! Reactions: commands that follow from events on the event bus.
//!
//! A [`Reaction`] is a pure function from an event to a [`Consequence`], which is a command and its stream. [`handle`]
//! reads the event from the bus, calls the reaction, and executes the command. The `main` of a reaction's function calls
//! [`run`].
//!
//! The bus delivers an event at least once, in any order, and operators can publish it again at any time. The commit of
//! a command therefore has the event's id as its idempotency key, and the reaction's name as its actor. A repeated event
//! finds the commit and changes nothing. [`Consequence::opens`] and [`Consequence::changes`] say for how long.

mod error;
mod function;
mod handle;
mod reaction;
mod received;
mod span;

pub use error::ReactionError;
pub use function::{WrongBinary, run};
pub use handle::{Reacted, handle};
pub use reaction::{Consequence, Reaction};
pub use received::Received;
