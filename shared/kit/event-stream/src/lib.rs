//! The event table's change stream on Kinesis: from a batch of records to commits, and to the response for Lambda.
//!
//! A [`Batch`] is the event that an event source mapping passes to a function. [`decode()`] returns the content of a
//! [`Record`]: a commit, a change to ignore, or poison that cannot be read. [`group()`] sorts the commits by stream and
//! version, in whatever order and however often they were delivered. [`BatchResponse`] says where to start again. A
//! [`QueuedLetter`] is a [`DeadLetter`], which holds a record that cannot be projected, or a [`HeldStream`], which names
//! a stream that cannot be projected. A [`FailedBatch`] is Lambda's report of a batch that it stopped delivering.
//!
//! This crate parses the envelope itself instead of using a general crate of Lambda events, for two reasons. A record's
//! data stays the original base64 text, so a dead letter has exactly the record that was delivered. And data that is
//! not base64 makes one record poison instead of making the whole batch unreadable.

mod batch;
mod dead_letter;
mod decode;
mod failed_batch;
mod group;
mod sequence;

pub use batch::{Batch, BatchResponse, ItemFailure, Record};
pub use dead_letter::{DeadLetter, HeldStream, QueuedLetter};
pub use decode::{Content, Ignored, Undecodable, decode};
pub use failed_batch::{FailedBatch, RecordRange};
pub use group::{Delivery, StreamGroup, group};
pub use sequence::SequenceNumber;
