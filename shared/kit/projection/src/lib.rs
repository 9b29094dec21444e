//! From a batch of the event stream to the views of one projection, whatever it projects.
//!
//! A batch is decoded, grouped by stream and sorted; each stream is one conditional write to its view, and normally
//! nothing else ([`Projector::project`]). The view's checkpoint makes any order, repetition and loss of deliveries
//! end in the same view.
//!
//! A [`ViewProjection`] joins an [`es_core::Projection`], which says what events change, with the
//! [`es_core::ViewWriter`] that writes the change. Its function's `main` is [`run`]. Code that works with several
//! projections takes them as a list of [`RegistryEntry`]s: [`ProjectionFacts`], or [`Registered`] projections, which
//! become [`RunningProjection`]s over the stores of an [`Environment`].

mod batch;
mod dead_letter;
mod function;
mod registered;
mod replay;
mod span;
mod stream;

pub use batch::Counters;
pub use dead_letter::{DeadLetterQueue, MAX_MESSAGE_BYTES, SqsDeadLetters, Undelivered, allowed_in_sqs};
pub use function::{WrongBinary, run};
pub use registered::{
    Environment, ProjectionFacts, Registered, RegistryEntry, RunningProjection, Stores, ViewProjection, over,
};
pub use replay::{Left, Replayed};
pub use stream::Projector;
