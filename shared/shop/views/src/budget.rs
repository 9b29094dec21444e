//! Bounds the read units of one page.

use std::cell::Cell;

/// The half read units of a page of up to 20 orders. A larger page has ten more than orders.
const HALF_UNITS: usize = 30;

/// How many views one half unit reads from an index, if a view has up to 1 KB: an eventually consistent read of 4 KB
/// costs half a read unit.
///
/// Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations".
const VIEWS_PER_HALF_UNIT: usize = 4;

/// The half read units that the requests for one page may still consume. A page that needs more ends early and has a
/// cursor.
#[derive(Debug)]
pub(crate) struct ReadBudget(Cell<usize>);

impl ReadBudget {
    /// The budget of a page of up to `orders` orders. Each order may cost a read of its view.
    pub(crate) fn for_page(orders: usize) -> Self {
        Self(Cell::new(HALF_UNITS.max(orders + 10)))
    }

    /// The half units that are left.
    pub(crate) const fn left(&self) -> usize {
        self.0.get()
    }

    /// Takes `half_units` for requests.
    pub(crate) fn spend(&self, half_units: usize) {
        self.0.set(self.left().saturating_sub(half_units));
    }

    /// How many orders a round of requests reads from each of `indexes` partitions of an index and `lookups` partitions
    /// whose orders have to be looked up one by one: `desired` orders, or as many as the rest of the budget pays. `None`
    /// if the budget is used up. The first round always takes place, so every page moves on.
    pub(crate) fn size(
        &self,
        round: u32,
        (indexes, lookups): (usize, usize),
        desired: usize,
    ) -> Option<usize> {
        let cost = |blocks: usize| indexes * blocks + lookups * (blocks * VIEWS_PER_HALF_UNIT + 1);
        let desired = desired.div_ceil(VIEWS_PER_HALF_UNIT).max(1);
        let affordable = (1..=desired).rev().find(|blocks| cost(*blocks) <= self.left());
        let blocks = affordable.or((round == 0).then_some(1))?;
        self.spend(cost(blocks));
        Some(blocks * VIEWS_PER_HALF_UNIT)
    }
}
