//! Failed requests, reduced to what a caller can act on.

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use es_core::{StoreError, Unwritable, WriteError};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The error codes with which DynamoDB refuses requests above a capacity. The capacity is that of a table, an index, a
/// partition or the account.
///
/// Source: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB", section "Error messages and codes".
const THROTTLING_CODES: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// A failed request. The source of the error is kept for the log.
#[derive(Debug, thiserror::Error)]
pub enum DynamoError {
    /// The request exceeds DynamoDB's capacity. Retry later.
    #[error("DynamoDB is throttled")]
    Throttled(#[source] Source),
    /// DynamoDB could not be reached, or it failed. A write may or may not have taken place.
    #[error("DynamoDB is unavailable")]
    Unavailable(#[source] Source),
    /// DynamoDB can never accept this write, for example because the item would be larger than 400 KB.
    #[error("DynamoDB cannot accept the write: {reason}")]
    Invalid {
        /// DynamoDB's explanation.
        reason: String,
    },
}

/// The error code of a request that violates a rule of DynamoDB, and the code of such an action of a transaction. The
/// same request would always be refused.
///
/// Source: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB", and Amazon DynamoDB API Reference,
/// `TransactWriteItems`.
const INVALID: &str = "ValidationException";
pub(crate) const INVALID_ACTION: &str = "ValidationError";

impl DynamoError {
    /// The error of a failed write.
    pub(crate) fn from_write<E>(error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match error.code() {
            Some(INVALID) => Self::Invalid { reason: error.message().unwrap_or(INVALID).to_owned() },
            _ => error.into(),
        }
    }
}

impl<E> From<SdkError<E>> for DynamoError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let is_throttled = error.code().is_some_and(|code| THROTTLING_CODES.contains(&code));
        if is_throttled { Self::Throttled(error.into()) } else { Self::Unavailable(error.into()) }
    }
}

impl From<BuildError> for DynamoError {
    fn from(error: BuildError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<DynamoError> for StoreError {
    fn from(failure: DynamoError) -> Self {
        match failure {
            DynamoError::Throttled(source) => Self::Throttled(source),
            DynamoError::Unavailable(source) => Self::Unavailable(source),
            refused @ DynamoError::Invalid { .. } => Self::Unavailable(refused.into()),
        }
    }
}

impl From<DynamoError> for WriteError {
    fn from(failure: DynamoError) -> Self {
        match failure {
            DynamoError::Throttled(source) => Self::Throttled(source),
            DynamoError::Unavailable(source) => Self::Unavailable(source),
            DynamoError::Invalid { reason } => Self::Unwritable(Unwritable::Invalid { reason }),
        }
    }
}
