//! Why the query table cannot be read.

use dynamo::{CorruptItem, DynamoError};
use es_core::StoreFailure;

use crate::CursorError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a view could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The table is over its capacity. Retry later.
    #[error("the query table is throttled")]
    Throttled(#[source] Source),
    /// The table could not be reached, or it failed.
    #[error("the query table is unavailable")]
    Unavailable(#[source] Source),
    /// An item is not a valid view. A rebuild repairs the item.
    #[error("{item} in the query table lacks a valid attribute {attribute}")]
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

impl From<DynamoError> for ReadError {
    fn from(failure: DynamoError) -> Self {
        match failure {
            DynamoError::Throttled(source) => Self::Throttled(source),
            DynamoError::Unavailable(source) => Self::Unavailable(source),
            refused @ DynamoError::Invalid { .. } => Self::Unavailable(refused.into()),
        }
    }
}

impl From<CorruptItem> for ReadError {
    fn from(CorruptItem { item, attribute }: CorruptItem) -> Self {
        Self::Corrupt { item, attribute }
    }
}

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor does not belong to this list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The table could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}
