//! Counters, and by how much they change.

use std::collections::BTreeMap;

use es_core::Unwritable;

use super::Day;
use super::change::CountedOrder;

/// The most bytes of a sort key.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", section "Partition keys and sort keys".
const MAX_SORT_KEY_BYTES: usize = 1_024;

/// What is counted: how many, and for how much.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counter {
    /// Orders.
    Daily { day: Day, status: String, currency: String },
    /// Pieces of a product.
    Product { day: Day, currency: String, product_id: String },
}

/// By how much a counter changes: the number, and the revenue in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Amount {
    pub(super) number: i64,
    pub(super) revenue: i64,
}

impl Counter {
    /// The partition of this counter's `shard`.
    pub(super) fn pk(&self, shard: u8) -> String {
        match self {
            Self::Daily { .. } => daily_pk(shard),
            Self::Product { day, .. } => product_pk(*day, shard),
        }
    }

    /// Its sort key.
    ///
    /// # Errors
    /// [`Unwritable`] where DynamoDB does not take it.
    pub(super) fn sk(&self) -> Result<String, Unwritable> {
        let sk = match self {
            Self::Daily { day, status, currency } => format!("{day}#{status}#{currency}"),
            Self::Product { currency, product_id, .. } => format!("{currency}#{product_id}"),
        };
        let bytes = sk.len();
        if bytes > MAX_SORT_KEY_BYTES {
            return Err(Unwritable { attribute: "sk", bytes, limit: MAX_SORT_KEY_BYTES });
        }
        Ok(sk)
    }

    /// The attribute that holds its number.
    pub(super) const fn number(&self) -> &'static str {
        match self {
            Self::Daily { .. } => ORDERS,
            Self::Product { .. } => QUANTITY,
        }
    }
}

/// The attribute with the number of orders.
pub(super) const ORDERS: &str = "orders";
/// The attribute with the number of pieces.
pub(super) const QUANTITY: &str = "quantity";
/// The attribute with the revenue.
pub(super) const REVENUE: &str = "revenue_cents";

/// What the partitions of all counters begin with.
pub(crate) const COUNTERS: &str = "analytics#";

pub(super) fn daily_pk(shard: u8) -> String {
    format!("{COUNTERS}daily#{shard}")
}

pub(super) fn product_pk(day: Day, shard: u8) -> String {
    format!("{COUNTERS}product#{day}#{shard}")
}

/// What changes where an order that was counted as `before` is counted as `after`; counters that stay are left out.
pub(super) fn difference(
    before: Option<&CountedOrder>,
    after: Option<&CountedOrder>,
) -> BTreeMap<Counter, Amount> {
    let mut changes: BTreeMap<Counter, Amount> = BTreeMap::new();
    for (counter, Amount { number, revenue }) in after.into_iter().flat_map(CountedOrder::counts) {
        let change = changes.entry(counter).or_default();
        change.number = change.number.saturating_add(number);
        change.revenue = change.revenue.saturating_add(revenue);
    }
    for (counter, Amount { number, revenue }) in before.into_iter().flat_map(CountedOrder::counts) {
        let change = changes.entry(counter).or_default();
        change.number = change.number.saturating_sub(number);
        change.revenue = change.revenue.saturating_sub(revenue);
    }
    changes.retain(|_, change| *change != Amount::default());
    changes
}

impl CountedOrder {
    /// Every counter that it is in, with what it adds.
    fn counts(&self) -> Vec<(Counter, Amount)> {
        let (day, currency, status) = (self.day, self.currency.clone(), self.standing.status.clone());
        let order = Amount { number: 1, revenue: self.total_amount_cents };
        let mut counts = vec![(Counter::Daily { day, status, currency }, order)];
        if self.standing.is_sold {
            counts.extend(self.products.iter().map(|(product_id, (number, revenue))| {
                let (currency, product_id) = (self.currency.clone(), product_id.clone());
                let amount = Amount { number: *number, revenue: *revenue };
                (Counter::Product { day, currency, product_id }, amount)
            }));
        }
        counts
    }
}
