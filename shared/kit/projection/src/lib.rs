//! From a batch of the event stream to the views of one projection, whatever it projects.
//!
//! A batch is decoded, grouped by stream and sorted; each stream is one conditional write to its view, and normally
//! nothing else ([`Projector::project`]). The view's checkpoint makes any order, repetition and loss of deliveries
//! end in the same view.
//!
//! A projection function brings what is its own: an [`es_core::Projection`], which says what events change, and an
//! [`es_core::ViewWriter`], which writes it. Its `main` is [`run`].

mod batch;
mod counters;
mod dead_letter;
mod fold;
mod generations;
mod replay;
mod run;
mod span;
mod sqs;
mod stop;
mod stream;

pub use batch::Projector;
pub use counters::Counters;
pub use dead_letter::{DeadLetter, DeadLetterQueue, Undelivered};
pub use replay::{Left, Replayed, Replayer};
pub use run::{Tables, run};
pub use sqs::SqsDeadLetters;
