//! The event source mapping from a Kinesis stream to a function, with Lambda's semantics.
//!
//! Each shard is read in order by as many *lanes* as the parallelization factor says; a partition key always falls
//! in the same lane, so order by key holds. A lane reads a [batch], delivers it until it is done with (see
//! [`delivery`]), and stores its [checkpoint]. Delivery is at least once: a stack that is killed between the
//! function's answer and the checkpoint delivers the batch again, as AWS may.
//!
//! Behaviour is that of the Lambda guide, "Process Amazon Kinesis Data Streams records with Lambda" and
//! "Configuring partial batch response with Kinesis Data Streams and Lambda".

mod backoff;
mod batch;
mod checkpoint;
mod delivery;
mod event;
mod failure;
mod lane;
mod response;

use tokio::task::JoinHandle;

use crate::gateway::Invoke;
use crate::kinesis::{Kinesis, KinesisError};
use crate::sqs::Sqs;
use crate::stop::Stopped;
use crate::store::{Store, StoreError};
use crate::template::EventSourceMapping;

use checkpoint::Checkpoints;
use lane::Lane;

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
}

/// Starts a mapping: one task for each lane of each shard, until the stack stops.
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
) -> Result<Vec<JoinHandle<()>>, MappingError> {
    let mut lanes = Vec::new();
    for shard in 0..context.kinesis.shards(&mapping.stream)? {
        for lane in 0..mapping.parallelization_factor {
            let checkpoints = Checkpoints::of(store.clone(), mapping, shard, lane);
            lanes.push(Lane::open(mapping, role, context, checkpoints, stopped.clone())?);
        }
        Checkpoints::of(store.clone(), mapping, shard, 0).forget_extra_lanes()?;
    }
    // Only when all are open: a lane that runs moves the checkpoint that another may have to start from.
    Ok(lanes.into_iter().map(|lane| tokio::spawn(lane.run())).collect())
}

#[cfg(test)]
mod tests;
