//! From the SDK's errors to those of the ports, with their sources kept for the log.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use es_core::StoreError;

/// The codes with which DynamoDB refuses work above a capacity.
///
/// Source: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB", section "Error messages and codes".
const THROTTLES: [&str; 3] =
    ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"];

/// DynamoDB said that an item is in the way and did not send it along, as it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("the refusal of a conditional put came without the item that is in the way")]
pub(crate) struct MissingWinner;

/// A scan gave no item and yet a place to go on from, which only a filter can bring about.
#[derive(Debug, thiserror::Error)]
#[error("a page of a scan without a filter is empty and not the last")]
pub(crate) struct EmptyPage;

/// What `error` means to the caller of a port.
pub(crate) fn store_error<E>(error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let throttled = error.code().is_some_and(|code| THROTTLES.contains(&code));
    let source = Box::new(error);
    if throttled { StoreError::Throttled(source) } else { StoreError::Unavailable(source) }
}
