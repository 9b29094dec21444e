//! A view that is not where it should be.

use es_core::{StreamId, StreamVersion};
use serde::Serialize;

/// A view that is not where it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Whose view it is.
    pub stream: StreamId,
    /// The projection that writes it.
    pub projection: &'static str,
    /// Where it is; 0 where there is none.
    pub view: StreamVersion,
    /// Where its stream is: for a view that is behind, what it should have by now.
    pub expected: StreamVersion,
}
