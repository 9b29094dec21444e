//! Computes, without I/O, how events change the counted properties of an order, and by how much each counter changes.

use std::collections::BTreeMap;

use dynamo::{MAX_SORT_KEY_BYTES, MAX_TRANSACTION_ACTIONS, check_size};
use es_core::{Timestamp, Unwritable};

use super::{Day, ORDERS, QUANTITY, daily_family, product_family, shard_of};
use crate::OrderLine;

/// The most different products of one order that are counted: 97. One transaction changes the counter of each product,
/// the order's marker, and the counters of the old and the new status, and DynamoDB allows 100 actions in a
/// transaction.
pub const MAX_COUNTED_PRODUCTS: usize = MAX_TRANSACTION_ACTIONS - 3;

/// A change of an order's counted properties. A property that is `None` does not change. One change can combine several
/// successive events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnalyticsChange {
    /// The data of the order, if the change includes its opening.
    pub opened: Option<OpenedOrder>,
    /// The order's new status.
    pub status: Option<CountedStatus>,
}

/// The counted data of a new order. Only the first [`MAX_COUNTED_PRODUCTS`] products, sorted by id, are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedOrder {
    /// When the order was opened. The order is counted on that day.
    pub opened_at: Timestamp,
    /// The ISO 4217 code of the currency.
    pub currency: String,
    /// The sum, in minor units of `currency`.
    pub total_amount_cents: i64,
    /// The ordered items.
    pub lines: Vec<OrderLine>,
}

/// The status of an order for the counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedStatus {
    /// The status under which the order is counted.
    pub status: String,
    /// Whether the order's products count as sold.
    pub is_sold: bool,
}

/// The counted properties of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CountedOrder {
    pub(super) day: Day,
    pub(super) currency: String,
    pub(super) total_amount_cents: i64,
    pub(super) status: CountedStatus,
    /// The quantity and the revenue of each product.
    pub(super) products: BTreeMap<String, (i64, i64)>,
}

impl AnalyticsChange {
    /// The counted properties after the change of an order with the properties `before`. `None` if the opening of the
    /// order is unknown.
    pub(super) fn after(&self, before: Option<&CountedOrder>) -> Option<CountedOrder> {
        let status = self.status.clone().or_else(|| before.map(|before| before.status.clone()))?;
        match &self.opened {
            Some(opened) => Some(opened.counted(status)),
            None => before.map(|before| CountedOrder { status, ..before.clone() }),
        }
    }
}

impl OpenedOrder {
    fn counted(&self, status: CountedStatus) -> CountedOrder {
        let mut products = BTreeMap::new();
        for line in &self.lines {
            let (quantity, revenue): &mut (i64, i64) = products.entry(line.product_id.clone()).or_default();
            // The sums cannot overflow, because the domain has checked the order's total.
            *quantity = quantity.saturating_add(line.quantity);
            *revenue = revenue.saturating_add(line.quantity.saturating_mul(line.unit_price_cents));
        }
        CountedOrder {
            day: self.opened_at.into(),
            currency: self.currency.clone(),
            total_amount_cents: self.total_amount_cents,
            status,
            products: products.into_iter().take(MAX_COUNTED_PRODUCTS).collect(),
        }
    }
}

/// A counter with a number and a revenue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counter {
    /// Counts orders.
    Daily { day: Day, status: String, currency: String },
    /// Counts the sold pieces of a product.
    Product { day: Day, currency: String, product_id: String },
}

/// The change of a counter: of its number, and of its revenue in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Amount {
    pub(super) number: i64,
    pub(super) revenue: i64,
}

impl Counter {
    /// The partition key of the counter's shard.
    pub(super) fn pk(&self, shard: u8) -> String {
        match self {
            Self::Daily { .. } => shard_of(&daily_family(), shard),
            Self::Product { day, .. } => shard_of(&product_family(*day), shard),
        }
    }

    /// The counter's sort key.
    ///
    /// # Errors
    /// [`Unwritable`] if the key is longer than DynamoDB allows.
    pub(super) fn sk(&self) -> Result<String, Unwritable> {
        let sk = match self {
            Self::Daily { day, status, currency } => format!("{day}#{status}#{currency}"),
            Self::Product { currency, product_id, .. } => format!("{currency}#{product_id}"),
        };
        check_size("sk", sk.len(), MAX_SORT_KEY_BYTES)?;
        Ok(sk)
    }

    /// The attribute with the counter's number.
    pub(super) const fn number(&self) -> &'static str {
        match self {
            Self::Daily { .. } => ORDERS,
            Self::Product { .. } => QUANTITY,
        }
    }
}

/// The changes of the counters when an order's counted properties change from `before` to `after`. The result contains
/// only counters that change.
pub(super) fn difference(
    before: Option<&CountedOrder>,
    after: Option<&CountedOrder>,
) -> BTreeMap<Counter, Amount> {
    let mut changes: BTreeMap<Counter, Amount> = BTreeMap::new();
    for (sign, order) in [(1, after), (-1, before)] {
        for (counter, Amount { number, revenue }) in order.into_iter().flat_map(CountedOrder::counts) {
            let change = changes.entry(counter).or_default();
            change.number = change.number.saturating_add(sign * number);
            change.revenue = change.revenue.saturating_add(sign * revenue);
        }
    }
    changes.retain(|_, change| *change != Amount::default());
    changes
}

impl CountedOrder {
    /// The order's contribution to each of its counters.
    fn counts(&self) -> Vec<(Counter, Amount)> {
        let (day, currency, status) = (self.day, self.currency.clone(), self.status.status.clone());
        let order = Amount { number: 1, revenue: self.total_amount_cents };
        let mut counts = vec![(Counter::Daily { day, status, currency }, order)];
        if self.status.is_sold {
            counts.extend(self.products.iter().map(|(product_id, (number, revenue))| {
                let (currency, product_id) = (self.currency.clone(), product_id.clone());
                let amount = Amount { number: *number, revenue: *revenue };
                (Counter::Product { day, currency, product_id }, amount)
            }));
        }
        counts
    }
}
