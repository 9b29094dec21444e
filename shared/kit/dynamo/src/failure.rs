//! Failed requests, as far as a caller can act on them.

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use es_core::{StoreError, WriteError};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The codes with which DynamoDB refuses work above a capacity: of a table or an index, of a partition, of the
/// account.
///
/// Source: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB", section "Error messages and codes".
const THROTTLING_CODES: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// A request that failed. Its source is kept for the log.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// DynamoDB refuses work above its capacity; trying later helps.
    #[error("DynamoDB is throttled")]
    Throttled(#[source] Source),
    /// DynamoDB could not be reached, or failed; whether a write took place is not known.
    #[error("DynamoDB is unavailable")]
    Unavailable(#[source] Source),
}

impl<E> From<SdkError<E>> for Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let is_throttled = error.code().is_some_and(|code| THROTTLING_CODES.contains(&code));
        if is_throttled { Self::Throttled(error.into()) } else { Self::Unavailable(error.into()) }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Throttled(source) => Self::Throttled(source),
            Failure::Unavailable(source) => Self::Unavailable(source),
        }
    }
}

impl From<Failure> for WriteError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Throttled(source) => Self::Throttled(source),
            Failure::Unavailable(source) => Self::Unavailable(source),
        }
    }
}
