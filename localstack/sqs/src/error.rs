//! What can go wrong with a queue.

use stack_base::store::StoreError;

/// A call on a queue that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    /// No queue has this name.
    #[error("The specified queue {0} does not exist.")]
    QueueNotFound(String),
    /// The receipt handle is not that of a message in the queue.
    #[error("The receipt handle {0:?} is not valid.")]
    Receipt(String),
    /// A request that breaks a rule of the API.
    #[error("{0}")]
    Invalid(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
