//! The event source mapping from a Kinesis stream to a function, with Lambda's semantics.
//!
//! Each shard is read in order by as many *lanes* as the parallelization factor says; a partition key always falls
//! in the same lane, and a shard is read once its parents are [done with](lineage), so order by key holds, also while
//! the stream is resharded. A lane reads a [batch], delivers it until it is done with (see [`delivery`]), and stores
//! its [checkpoint]. Delivery is at least once: a stack that is killed between the function's answer and the
//! checkpoint delivers the batch again, as AWS may. Tumbling windows, which give a function state, are refused.
//!
//! Behaviour is that of the Lambda guide, "Process Amazon Kinesis Data Streams records with Lambda", "Configuring
//! partial batch response with Kinesis Data Streams and Lambda" and "Retain discarded batch records for a Kinesis Data
//! Streams event source in Lambda".

mod backoff;
mod batch;
mod checkpoint;
mod delivery;
mod event;
mod failure;
mod lane;
mod lineage;
mod response;

use tokio::task::JoinHandle;

use crate::chaos::Chaos;
use crate::gateway::Invoke;
use crate::kinesis::{Kinesis, KinesisError, SequenceNumber};
use crate::sqs::Sqs;
use crate::stop::Stopped;
use crate::store::{Store, StoreError};
use crate::template::{EventSourceMapping, StartingPosition};

use checkpoint::Checkpoints;
pub(crate) use checkpoint::undelivered;
use lineage::Lineage;

/// Tables of this module.
pub(crate) const SCHEMA: &str = checkpoint::SCHEMA;

/// A mapping cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The stream refused.
    #[error("event source mapping: {0}")]
    Stream(#[from] KinesisError),
    /// The checkpoints cannot be read or written.
    #[error("event source mapping: {0}")]
    Store(#[from] StoreError),
}

/// What every lane of every mapping works with.
#[derive(Debug, Clone)]
pub(crate) struct Context<I> {
    /// The streams.
    pub(crate) kinesis: Kinesis,
    /// The queues that are told about records given up.
    pub(crate) sqs: Sqs,
    /// The functions.
    pub(crate) invoker: I,
    /// What befalls batches.
    pub(crate) chaos: Chaos,
}

/// Starts a mapping: a task that ends when the stack stops.
///
/// `role` is the name of the function's role, as each record tells it.
///
/// # Errors
/// [`MappingError`] when the stream or the checkpoints cannot be read.
pub(crate) fn start<I: Invoke>(
    mapping: &EventSourceMapping,
    role: &str,
    context: &Context<I>,
    store: &Store,
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
