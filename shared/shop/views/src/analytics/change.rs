//! Computes, without I/O, how events change the counted properties of an order, and by how much each counter changes.

use std::collections::BTreeMap;

use dynamo::{MAX_SORT_KEY_BYTES, MAX_TRANSACTION_ACTIONS, check_size};
use es_core::{Timestamp, Unwritable};
use view_store::{ItemKey, counter_shard};

use super::{DAILY, Day, QUANTITY, REVENUE, daily_attributes, products_of};
use crate::OrderLine;

/// The most different products of one order that are counted: 98. One transaction changes the counter of each product,
/// the order's marker and the counter of its day, and DynamoDB allows 100 actions in a transaction.
pub const MAX_COUNTED_PRODUCTS: usize = MAX_TRANSACTION_ACTIONS - 2;

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

/// What one order contributes to a counter.
struct Contribution {
    /// The partition of the counter.
    partition: String,
    /// The counter's name within the partition.
    counter: String,
    /// The attributes of the counter, and by how much the order increases each.
    amounts: [(String, i64); 2],
}

/// The changes of the attributes of one counter.
pub(super) type Amounts = BTreeMap<String, i128>;

/// The changes of the counters in `shard` when an order's counted properties change from `before` to `after`. The result
/// contains only counters that change.
///
/// # Errors
/// [`Unwritable`] if a key is longer than DynamoDB allows, or a status cannot be a part of an attribute's name.
pub(super) fn difference(
    before: Option<&CountedOrder>,
    after: Option<&CountedOrder>,
    shard: u8,
) -> Result<BTreeMap<ItemKey, Amounts>, Unwritable> {
    let mut changes: BTreeMap<ItemKey, Amounts> = BTreeMap::new();
    for (sign, order) in [(1, after), (-1, before)] {
        for contribution in order.into_iter().flat_map(CountedOrder::contributions) {
            let Contribution { partition, counter, amounts } = contribution;
            let change = changes.entry(counter_shard(partition, &counter, shard)).or_default();
            for (attribute, amount) in amounts {
                *change.entry(attribute).or_default() += sign * i128::from(amount);
            }
        }
    }
    for (key, change) in &mut changes {
        change.retain(|_, amount| *amount != 0);
        check_size("sk", key.sk.len(), MAX_SORT_KEY_BYTES)?;
        if change.keys().any(|name| !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')) {
            return Err(Unwritable::NotStorable { attribute: "status" });
        }
    }
    changes.retain(|_, change| !change.is_empty());
    Ok(changes)
}

impl CountedOrder {
    /// The order's contribution to each of its counters.
    fn contributions(&self) -> Vec<Contribution> {
        let Self { day, currency, total_amount_cents, status, products } = self;
        let [orders, revenue] = daily_attributes(&status.status);
        let daily = [(orders, 1), (revenue, *total_amount_cents)];
        let daily = Contribution {
            partition: DAILY.to_owned(),
            counter: format!("{day}#{currency}"),
            amounts: daily,
        };
        let mut contributions = vec![daily];
        if status.is_sold {
            contributions.extend(products.iter().map(|(product_id, (quantity, revenue))| {
                let amounts = [(QUANTITY.to_owned(), *quantity), (REVENUE.to_owned(), *revenue)];
                let counter = format!("{currency}#{product_id}");
                Contribution { partition: products_of(*day), counter, amounts }
            }));
        }
        contributions
    }
}
