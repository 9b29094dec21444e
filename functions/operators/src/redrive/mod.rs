//! Operator function: brings back what projections could not do.
//!
//! Two queues hold that. `stream-failures` has the batches that Lambda gave up delivering: where in the stream they are.
//! `dead-letters` has the records that a projection set aside: whole, with the error. A message of either is worked on
//! by the projection that it came from, and leaves its queue only when the views are seen to be where it leads them; what
//! still fails goes back with the reason. What can never be brought back leaves it on an operator's word alone.
//!
//! Records that are no longer in the stream are made good from the event table.

mod catch_up;
mod discard;
mod failure;
mod kinesis;
mod letter;
mod listing;
mod message;
mod operator;
mod queue;
mod report;
mod request;
mod rereading;
mod settings;
mod sqs;
mod verification;
mod views;
mod work;

pub use kinesis::KinesisRecords;
pub use message::{Attempts, Message};
pub use operator::Redrive;
pub use queue::{MessageQueue, Place, QueueError, ReadBack, RecordSource, SourceError};
pub use report::{Listed, Outcome, Report, Worked};
pub use request::{Queue, Reason, Request};
pub use settings::{ProjectionFunctions, SettingError};
pub use sqs::SqsMessages;
pub use views::Views;
