//! What the lanes of all mappings share, and what can go wrong in them.

use stack_base::chaos::Chaos;
use stack_base::store::StoreError;
use stack_kinesis::{Kinesis, KinesisError};
use stack_sqs::Sqs;

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
pub struct Context<I> {
    /// The streams.
    pub kinesis: Kinesis,
    /// The queues that are told about records given up.
    pub sqs: Sqs,
    /// The functions.
    pub invoker: I,
    /// What befalls batches.
    pub chaos: Chaos,
}
