//! Shared by the lanes of all mappings: the services, the errors, and the backoff after a failure.

use std::time::Duration;

use stack_base::backoff::Backoff;
use stack_base::chaos::Chaos;
use stack_base::store::SqliteError;
use stack_kinesis::{Kinesis, KinesisError};
use stack_sqs::Sqs;
use stack_template::EventSource;

/// Why a mapping cannot start.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The stream returned an error.
    #[error("event source mapping: {0}")]
    Stream(#[from] KinesisError),
    /// The checkpoints cannot be read or written.
    #[error("event source mapping: {0}")]
    Store(#[from] SqliteError),
}

/// The services that every lane of every mapping uses.
#[derive(Debug, Clone)]
pub struct Context<I> {
    /// The streams.
    pub kinesis: Kinesis,
    /// The streams with the changes of tables. They are kept as Kinesis streams with one shard.
    pub table_streams: Kinesis,
    /// The queues that are read, and those that receive dead letters.
    pub sqs: Sqs,
    /// The functions.
    pub invoker: I,
    /// Decides which successful batches are delivered again.
    pub chaos: Chaos,
}

impl<I: Clone> Context<I> {
    /// The context of a mapping from `source`, in which `kinesis` holds the source's records.
    pub(super) fn for_source(&self, source: &EventSource) -> Self {
        let kinesis = match source {
            EventSource::DynamoDb { .. } => &self.table_streams,
            EventSource::Kinesis { .. } | EventSource::Sqs { .. } => &self.kinesis,
        };
        Self { kinesis: kinesis.clone(), ..self.clone() }
    }
}

/// The wait after `failures` consecutive failures.
pub(super) fn backoff(failures: u32) -> Duration {
    Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(10) }.after(failures)
}
