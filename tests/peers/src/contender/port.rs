//! What a contender must be able to do.

use async_trait::async_trait;
use domain::order::Order;
use domain::product::{Product, ProductState};
use uuid::Uuid;

use crate::counting::Counter;
use crate::error::PeersError;
use crate::shop::Command;

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The command was carried out now.
    Done,
    /// An earlier request had carried out the command, and the answer is the first one.
    FirstAnswer,
    /// The rules refuse the command.
    Refused,
    /// Another writer was first.
    Conflict,
}

/// A way to store orders and products.
#[async_trait]
pub(crate) trait Contender: Send + Sync {
    /// The name in the tables.
    fn name(&self) -> &'static str;

    /// The counts of its requests.
    fn counter(&self) -> &Counter;

    /// Carries out a command on an order, with as many attempts as the contender itself makes.
    async fn order(&self, command: &Command<Order>) -> Result<Verdict, PeersError>;

    /// Carries out a command on a product, with as many attempts as the contender itself makes.
    async fn product(&self, command: &Command<Product>) -> Result<Verdict, PeersError>;

    /// Gives the product `id` a history of `events` events, as commands of one event each would leave it.
    async fn write_history(&self, id: Uuid, events: i64) -> Result<(), PeersError>;

    /// Loads the product `id`.
    async fn load(&self, id: Uuid) -> Result<ProductState, PeersError>;
}

/// Checks that a command was carried out.
pub(crate) fn done(contender: &dyn Contender, verdict: Verdict) -> Result<(), PeersError> {
    if verdict == Verdict::Done {
        return Ok(());
    }
    let problem = format!("a command that must succeed ended as {verdict:?}");
    Err(PeersError::Unexpected { contender: contender.name(), problem })
}
