//! The event source mappings from a Kinesis stream, the stream of a table, or a queue to a function, with Lambda's
//! semantics. A [queue] is polled. Streams are read in lanes:
//!
//! Each shard is read in order by as many *lanes* as the parallelization factor says. A partition key always belongs to
//! the same lane, and a shard is read only after its parents are [finished](lineage). The order per key therefore holds
//! even while the stream is resharded. A lane reads a [batch], delivers it until it is finished (see [`delivery`]), and
//! stores its [checkpoint](stack_kinesis::Checkpoints). Delivery is at least once: if the stack is killed between the
//! function's response and the checkpoint, it delivers the batch again, as AWS may. The template parser refuses
//! tumbling windows, which give a function state.
//!
//! The behaviour follows the Lambda guide: "Process Amazon Kinesis Data Streams records with Lambda", "Configuring
//! partial batch response with Kinesis Data Streams and Lambda" and "Retain discarded batch records for a Kinesis Data
//! Streams event source in Lambda".

pub mod api;
mod batch;
mod context;
mod delivery;
mod event;
mod lane;
mod lineage;
mod progress;
mod queue;
mod queue_event;
mod redrive;
mod response;
mod running;

pub use context::{Context, MappingError};
pub use redrive::{RecordRange, RedriveError, redrive, redrive_event};
pub use running::Mappings;

#[cfg(test)]
mod tests;
