//! Why the query table could not be read.

use dynamo::{CorruptItem, Failure};
use es_core::StoreFailure;

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

impl From<Failure> for ReadError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Throttled(source) => Self::Throttled(source),
            Failure::Unavailable(source) => Self::Unavailable(source),
        }
    }
}

impl From<CorruptItem> for ReadError {
    fn from(CorruptItem { item, attribute }: CorruptItem) -> Self {
        Self::Corrupt { item, attribute }
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
