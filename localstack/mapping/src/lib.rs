//! The event source mapping from a Kinesis stream to a function, with Lambda's semantics.
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

mod batch;
mod context;
mod delivery;
mod event;
mod lane;
mod lineage;
mod redrive;
mod response;

use lineage::Lineage;
use stack_base::stop::Stopped;
use stack_base::store::SqliteStore;
use stack_kinesis::{Checkpoints, SequenceNumber};
use stack_lambda::Invoke;
use stack_template::{EventSourceMapping, StartingPosition};
use tokio::task::JoinHandle;

pub use context::{Context, MappingError};
pub use redrive::{RecordRange, RedriveError, redrive};

/// Starts a mapping in a task that ends when the stack stops.
///
/// `role` is the name of the function's role. Each record in an event contains its ARN.
///
/// # Errors
/// [`MappingError`] when the stream or the checkpoints cannot be read.
pub fn start<I: Invoke>(
    mapping: &EventSourceMapping,
    role: &str,
    context: &Context<I>,
    store: &SqliteStore,
    stopped: &Stopped,
) -> Result<JoinHandle<()>, MappingError> {
    let position = match mapping.starting_position {
        StartingPosition::TrimHorizon => SequenceNumber(0),
        StartingPosition::Latest => context.kinesis.newest()?,
    };
    Checkpoints::begin(store, mapping, &context.kinesis.shards(&mapping.stream)?, position)?;
    let (context, stopped) = (context.clone(), stopped.clone());
    let lineage = Lineage::new(mapping.clone(), role.to_owned(), context, store.clone(), stopped)?;
    Ok(tokio::spawn(lineage.run()))
}

#[cfg(test)]
mod tests;
