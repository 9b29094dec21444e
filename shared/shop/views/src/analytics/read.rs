//! Reads the counters.

use std::collections::BTreeMap;

use dynamo::SK;
use serde::Serialize;
use view_store::{CounterFamily, PageLimit, ReadError, ShardedCounters, counter_sums};

use super::{
    COUNTER_PREFIX, COUNTER_SHARDS, Day, DayRange, DynamoAnalytics, ORDERS, QUANTITY, REVENUE, daily_family,
    product_family, shard_of,
};

/// Sorts after every ASCII letter. A range of sort keys ends with this text at the place where a status or a currency
/// begins, and both begin with a letter.
const BEHIND_ALL: &str = "~";

/// The orders of one day with the same current status and the same currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DailyTotal {
    /// The day on which the orders were opened, in UTC.
    pub day: Day,
    /// The current status of the orders.
    pub status: String,
    /// The ISO 4217 code of the currency.
    pub currency: String,
    /// The number of orders.
    pub orders: i64,
    /// The sum of the orders' totals, in minor units of `currency`.
    pub revenue_cents: i64,
}

/// The products sold in one currency, sorted by revenue, highest first. Currencies are separate because their amounts
/// cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrencyProducts {
    /// The ISO 4217 code of the currency.
    pub currency: String,
    /// The products.
    pub products: Vec<ProductTotal>,
}

/// The sales of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductTotal {
    /// The product's id.
    pub product_id: String,
    /// The number of pieces.
    pub quantity: i64,
    /// The revenue, in minor units.
    pub revenue_cents: i64,
}

impl DynamoAnalytics {
    /// The most days of [`daily`](Self::daily): three months.
    pub const MAX_DAILY_DAYS: u16 = 92;
    /// The most days of [`products`](Self::products): one month.
    pub const MAX_PRODUCT_DAYS: u16 = 31;

    /// All counters. The comparison of two generations uses this list.
    pub const COUNTERS: ShardedCounters = ShardedCounters {
        prefix: COUNTER_PREFIX,
        first: daily_counters,
        further: |sk| Some(product_counters(sk.split_once('#')?.0.parse().ok()?)),
    };

    /// The totals of the orders opened in `days`, sorted by day, status and currency. Totals of zero are left out.
    ///
    /// # Costs
    /// One `Query` for each of the [`COUNTER_SHARDS`]. A read unit covers about 80 counters. A day has one counter for
    /// each status and currency.
    ///
    /// # Errors
    /// [`ReadError`] if the table cannot be read or an item is corrupt.
    pub async fn daily(&self, days: DayRange) -> Result<Vec<DailyTotal>, ReadError> {
        let (low, high) = (days.from().to_string(), format!("{}#{BEHIND_ALL}", days.to()));
        let CounterFamily { partitions, attributes, .. } = daily_counters();
        let sums = counter_sums(&self.table, partitions, attributes, (&low, &high)).await?;
        let total = |(sk, sums): (String, Vec<i64>)| {
            daily_total(&sk, &sums).ok_or(ReadError::Corrupt { item: sk, attribute: SK })
        };
        sums.into_iter().map(total).collect()
    }

    /// The sales of the orders opened in `days`: for each currency, sorted by code, the `limit` products with the most
    /// revenue. Cancelled orders do not count.
    ///
    /// # Costs
    /// One `Query` for each day and each of the [`COUNTER_SHARDS`]: up to 248 requests, 16 of them concurrent. Each
    /// reads all products that were sold on that day. A read unit covers about 80 counters.
    ///
    /// # Errors
    /// [`ReadError`] if the table cannot be read or an item is corrupt.
    pub async fn products(
        &self,
        days: DayRange,
        limit: PageLimit,
    ) -> Result<Vec<CurrencyProducts>, ReadError> {
        let partitions = days.days().flat_map(|day| product_counters(day).partitions).collect();
        let sums = counter_sums(&self.table, partitions, PRODUCT_ATTRIBUTES, (" ", BEHIND_ALL)).await?;
        let mut currencies: BTreeMap<String, Vec<ProductTotal>> = BTreeMap::new();
        for (sk, sums) in sums {
            let Some((currency, total)) = product_total(&sk, &sums) else {
                return Err(ReadError::Corrupt { item: sk, attribute: SK });
            };
            currencies.entry(currency).or_default().push(total);
        }
        let top = |(currency, mut products): (String, Vec<ProductTotal>)| {
            // The sort is stable, so products with the same revenue stay sorted by id.
            products.sort_by_key(|product| std::cmp::Reverse(product.revenue_cents));
            products.truncate(limit.get().into());
            CurrencyProducts { currency, products }
        };
        Ok(currencies.into_iter().map(top).collect())
    }
}

const PRODUCT_ATTRIBUTES: &[&str] = &[QUANTITY, REVENUE];

/// The order counters. Their sort key is `<day>#<status>#<currency>`.
fn daily_counters() -> CounterFamily {
    family(daily_family(), &[ORDERS, REVENUE])
}

/// The product counters of `day`. Their sort key is `<currency>#<product id>`.
fn product_counters(day: Day) -> CounterFamily {
    family(product_family(day), PRODUCT_ATTRIBUTES)
}

fn family(name: String, attributes: &'static [&'static str]) -> CounterFamily {
    let partitions = (0..COUNTER_SHARDS).map(|shard| shard_of(&name, shard)).collect();
    CounterFamily { name, partitions, attributes }
}

fn daily_total(sk: &str, sums: &[i64]) -> Option<DailyTotal> {
    let (day, rest) = sk.split_once('#')?;
    let (status, currency) = rest.split_once('#')?;
    let &[orders, revenue_cents] = sums else { return None };
    let (status, currency) = (status.to_owned(), currency.to_owned());
    Some(DailyTotal { day: day.parse().ok()?, status, currency, orders, revenue_cents })
}

fn product_total(sk: &str, sums: &[i64]) -> Option<(String, ProductTotal)> {
    let (currency, product_id) = sk.split_once('#')?;
    let &[quantity, revenue_cents] = sums else { return None };
    Some((currency.to_owned(), ProductTotal { product_id: product_id.to_owned(), quantity, revenue_cents }))
}
