//! The event table's change stream on Kinesis: from a batch of records to commits, and back to Lambda's answer.
//!
//! A [`Batch`] is what an event source mapping invokes a function with. [`decode`] tells what each [`Record`] holds:
//! a commit, something to leave alone, or nothing that can be read. [`group`] brings the commits into their streams'
//! order, whatever order and however often they were delivered. [`BatchResponse`] says where to begin again.
//! A [`DeadLetter`] holds a record that cannot be projected; a [`FailedBatch`] is Lambda's report of a batch that it gave
//! up delivering.
//!
//! The envelope is read here and not by a general crate of Lambda events for two reasons: a record's data stays
//! the base64 text it came as, so that a record set aside is the record that came; and data that is not even base64
//! makes one poison record instead of a batch that can never be read.

mod batch;
mod dead_letter;
mod decode;
mod failed_batch;
mod group;
mod sequence;

pub use batch::{Batch, BatchResponse, ItemFailure, Record};
pub use dead_letter::DeadLetter;
pub use decode::{Content, Ignored, Undecodable, decode};
pub use failed_batch::{FailedBatch, RecordRange};
pub use group::{Delivery, StreamGroup, group};
pub use sequence::SequenceNumber;
