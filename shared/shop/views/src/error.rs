//! Why the query table could not be read or written.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use es_core::{StoreFailure, WriteError};

use crate::CursorError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A view that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The table refuses work above its capacity; trying later helps.
    #[error("the query table is throttled")]
    Throttled(#[source] Source),
    /// The table could not be reached, or failed.
    #[error("the query table is unavailable")]
    Unavailable(#[source] Source),
    /// An item is no view. A rebuild mends it.
    #[error("{item} in the query table has no attribute {attribute} of the right form")]
    Corrupt {
        /// The item's partition key.
        item: String,
        /// The attribute that is missing or has the wrong form.
        attribute: &'static str,
    },
}

impl StoreFailure for ReadError {
    fn throttled(&self) -> bool {
        match self {
            Self::Throttled(_) => true,
            Self::Unavailable(_) | Self::Corrupt { .. } => false,
        }
    }
}

/// A list that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor does not belong to this list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The table failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The codes with which DynamoDB refuses work above a capacity: of a table or an index, of a partition, of the
/// account.
///
/// Source: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB", section "Error messages and codes".
const THROTTLES: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TooManyRequestsException",
];

fn is_throttle(error: &impl ProvideErrorMetadata) -> bool {
    error.code().is_some_and(|code| THROTTLES.contains(&code))
}

impl<E> From<SdkError<E>> for ReadError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        if is_throttle(&error) { Self::Throttled(error.into()) } else { Self::Unavailable(error.into()) }
    }
}

/// What a failed write is to a projection.
pub(crate) fn not_written<E>(error: SdkError<E>) -> WriteError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if is_throttle(&error) {
        WriteError::Throttled(error.into())
    } else {
        WriteError::Unavailable(error.into())
    }
}
