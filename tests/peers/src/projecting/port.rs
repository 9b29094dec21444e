//! What a contender must be able to do.

use async_trait::async_trait;

use super::batch::Batch;
use crate::counting::Counter;
use crate::error::PeersError;

/// A view that follows the events of orders.
#[async_trait]
pub(crate) trait Follower: Send + Sync {
    /// The name in the tables.
    fn name(&self) -> &'static str;

    /// The counts of its requests.
    fn counter(&self) -> &Counter;

    /// Writes the events of `batch` to the view.
    ///
    /// # Errors
    /// A [`PeersError`] if the view does not include each event once afterwards.
    async fn project(&self, batch: &Batch) -> Result<(), PeersError>;
}
