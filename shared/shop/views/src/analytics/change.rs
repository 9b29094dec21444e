//! What a run of events changes in what an order is counted as.

use std::collections::BTreeMap;

use es_core::Timestamp;

use super::Day;
use crate::OrderLine;

/// What is to be counted; what is `None` stays as it was. One change can hold what several events did, one after the
/// other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnalyticsChange {
    /// What was opened.
    pub opened: Option<OpenedOrder>,
    /// Where the order stands.
    pub standing: Option<Standing>,
}

/// An order, as far as it is counted. At most 50 different products fit into a transaction with all that goes with
/// them.
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

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The status it is counted under.
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
    pub(super) standing: Standing,
    /// Quantity and revenue of each product.
    pub(super) products: BTreeMap<String, (i64, i64)>,
}

impl AnalyticsChange {
    /// What an order is counted as that was counted as `before`; nothing where its opening is not known.
    pub(super) fn after(&self, before: Option<&CountedOrder>) -> Option<CountedOrder> {
        let standing = self.standing.clone().or_else(|| before.map(|before| before.standing.clone()))?;
        match &self.opened {
            Some(opened) => Some(opened.counted(standing)),
            None => before.map(|before| CountedOrder { standing, ..before.clone() }),
        }
    }
}

impl OpenedOrder {
    fn counted(&self, standing: Standing) -> CountedOrder {
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
            standing,
            products,
        }
    }
}
