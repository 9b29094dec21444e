//! What a reader of orders must be able to do.

use async_trait::async_trait;
use domain::order::OrderCreated;
use uuid::Uuid;

use crate::counting::Counter;
use crate::error::PeersError;

/// The name of this project's views in the tables.
pub(crate) const VIEWS: &str = "these views";
/// The orders of a page.
pub(crate) const PAGE: usize = 20;

/// An order to store.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    /// The order.
    pub(crate) id: Uuid,
    /// Its creation.
    pub(crate) created: OrderCreated,
}

/// What a read returned. All readers must return the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Found {
    /// Orders.
    pub(crate) orders: usize,
    /// Lines of these orders.
    pub(crate) lines: usize,
    /// Lines with the name of their product.
    pub(crate) named: usize,
}

impl Found {
    /// The sum of two reads.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            orders: self.orders + other.orders,
            lines: self.lines + other.lines,
            named: self.named + other.named,
        }
    }
}

/// A way to store orders for reading.
#[async_trait(?Send)]
pub(crate) trait Reader {
    /// The name in the tables.
    fn name(&self) -> &'static str;

    /// The counts of its reads.
    fn counter(&self) -> &Counter;

    /// Stores the orders.
    async fn fill(&self, seeds: &[Seed]) -> Result<(), PeersError>;

    /// Reads the first page of the list of `user`, newest first, with everything that a page shows.
    async fn list(&self, user: &str) -> Result<Found, PeersError>;

    /// Reads one order, with everything that its page shows.
    async fn one(&self, id: Uuid) -> Result<Found, PeersError>;
}
