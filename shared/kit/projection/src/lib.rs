//! From a batch of the event stream to the views of one projection. The crate works for any projection.
//!
//! A batch is decoded, grouped by stream and sorted. Each stream usually takes one conditional write to its view and
//! nothing else, or one write takes several streams ([`Projector::project`], [`es_core::ViewWriter::apply_all`]). The view's checkpoint makes sure that the view ends up the same in any order
//! of deliveries, even if some are repeated or lost. A second generation of the query table is written too
//! ([`OtherGeneration`]). It cannot fail a batch, except during a cut-over. A batch waits for it at most [`EXTRA_TIME`],
//! and if it waited in vain, the batches of the next [`EXTRA_TIME_PAUSE`] do not wait. The streams that it misses are
//! counted ([`MissedStreams`]). [`WritableTables`] says which generations a function writes now.
//!
//! A [`ViewProjection`] connects an [`es_core::Projection`], which defines what events change, with the
//! [`es_core::ViewWriter`] that writes the change. The `main` of its function calls [`run`]. Code that works with
//! several projections lists them as [`RegistryEntry`]s: as [`ProjectionFacts`], or as [`Registered`] projections,
//! which become [`RunningProjection`]s over the stores of an [`Environment`].

mod batch;
mod dead_letter;
mod extra_time;
mod follower;
mod function;
mod generations;
mod reading;
mod registered;
mod replay;
mod span;
mod stream;
mod tables;
mod together;

pub use batch::Counters;
pub use dead_letter::{DeadLetterQueue, MAX_MESSAGE_BYTES, SqsDeadLetters, Undelivered, allowed_in_sqs};
pub use extra_time::{EXTRA_TIME, EXTRA_TIME_PAUSE, ExtraTime};
pub use follower::Follower;
pub use function::{WrongBinary, project_written, run};
pub use reading::commits_before_corrupt;
pub use registered::{
    Environment, FollowerFacts, ProjectionFacts, Registered, RegistryEntry, RunningFollower,
    RunningProjection, Stores, ViewProjection, projector_for,
};
pub use replay::{Replayed, StoppedStream};
pub use stream::{OtherGeneration, Projector, with_sources};
pub use tables::{MissedStreams, OtherPolicy, OtherTable, WritableTables, WrittenTables};
