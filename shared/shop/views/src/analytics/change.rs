//! What a run of events changes in what an order is counted as, and by how much each counter changes: no I/O.

use std::collections::BTreeMap;

use dynamo::{MAX_SORT_KEY_BYTES, MAX_TRANSACTION_ACTIONS, check_size};
use es_core::{Timestamp, Unwritable};

use super::{Day, ORDERS, QUANTITY, daily_family, product_family, shard_of};
use crate::OrderLine;

/// The most different products of one order that are counted. A transaction moves the counter of each of them, the
/// order's marker, and the two counters of the status it leaves and of the one it enters.
pub const MAX_COUNTED_PRODUCTS: usize = MAX_TRANSACTION_ACTIONS - 3;

/// What is counted; what is `None` stays as it was. One change can hold what several events did, one after the
/// other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnalyticsChange {
    /// What was opened.
    pub opened: Option<OpenedOrder>,
    /// The order's new status.
    pub status: Option<CountedStatus>,
}

/// An order, as far as it is counted: with its first [`MAX_COUNTED_PRODUCTS`] products, by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedOrder {
    /// When it was opened; it is counted on that day.
    pub opened_at: Timestamp,
    /// ISO 4217 code.
    pub currency: String,
    /// The sum, in minor units of `currency`.
    pub total_amount_cents: i64,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
}

/// The status of an order, as far as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedStatus {
    /// The status that the order is counted under.
    pub status: String,
    /// Whether its products count as sold.
    pub is_sold: bool,
}

/// What an order is counted as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CountedOrder {
    pub(super) day: Day,
    pub(super) currency: String,
    pub(super) total_amount_cents: i64,
    pub(super) status: CountedStatus,
    /// Quantity and revenue of each product.
    pub(super) products: BTreeMap<String, (i64, i64)>,
}

impl AnalyticsChange {
    /// What an order is counted as that was counted as `before`; nothing where its opening is not known.
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
            // The order's total has been checked to fit, so each part of it does.
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
            Self::Daily { .. } => shard_of(&daily_family(), shard),
            Self::Product { day, .. } => shard_of(&product_family(*day), shard),
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
        check_size("sk", sk.len(), MAX_SORT_KEY_BYTES)?;
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

/// What changes when an order that was counted as `before` is counted as `after`; counters that stay are left out.
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
    /// Every counter that it is in, with what it adds.
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
