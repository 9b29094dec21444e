//! Reads the counters.

use std::collections::BTreeMap;

use dynamo::SK;
use serde::Serialize;
use view_store::{
    Consistency, CounterFamily, ListError, Measured, PageLimit, ReadError, ShardedCounters, counter_sums,
    first_that_fit,
};

use super::{
    AnalyticsCursor, COUNTER_PREFIX, COUNTER_SHARDS, Day, DayRange, DynamoAnalytics, ORDERS, QUANTITY,
    REVENUE, daily_family, product_family, shard_of,
};
use crate::currency::with_decimals;

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
    /// The ISO 4217 code of the currency. The JSON also has `currency_decimals`.
    #[serde(flatten, serialize_with = "with_decimals")]
    pub currency: String,
    /// The number of orders.
    pub orders: i128,
    /// The sum of the orders' totals, in minor units of `currency`.
    pub revenue_cents: i128,
}

/// The products sold in one currency, sorted by revenue, highest first. Currencies are separate because their amounts
/// cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrencyProducts {
    /// The ISO 4217 code of the currency. The JSON also has `currency_decimals`.
    #[serde(flatten, serialize_with = "with_decimals")]
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
    pub quantity: i128,
    /// The revenue, in minor units.
    pub revenue_cents: i128,
}

/// A page of the daily totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyPage {
    /// The totals, sorted by day, status and currency.
    pub totals: Vec<DailyTotal>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<AnalyticsCursor>,
}

/// A page of the sales of products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductTotalsPage {
    /// The currencies, sorted by code.
    pub currencies: Vec<CurrencyProducts>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<AnalyticsCursor>,
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

    /// The totals of the orders opened in `days`, sorted by day, status and currency: the first page, or the page after
    /// `cursor`. Totals of zero are left out. Only the size of a page is limited.
    ///
    /// # Costs
    /// One `Query` for each of the [`COUNTER_SHARDS`]. A read unit covers about 80 counters. A day has one counter for
    /// each status and currency.
    ///
    /// # Errors
    /// [`ListError`] if the cursor belongs to another range, the table cannot be read, or an item is corrupt.
    pub async fn daily(
        &self,
        days: DayRange,
        cursor: Option<&AnalyticsCursor>,
    ) -> Result<DailyPage, ListError> {
        let digest = AnalyticsCursor::digest_of_daily(days);
        let after = cursor.map(|cursor| cursor.after_in(digest)).transpose()?;
        // A space sorts before every character that can follow. A forged cursor must not begin before the range.
        let low = after.map_or_else(String::new, |after| format!("{after} ")).max(days.from().to_string());
        let high = format!("{}#{BEHIND_ALL}", days.to());
        if low > high {
            return Ok(DailyPage { totals: Vec::new(), next: None });
        }
        let CounterFamily { partitions, attributes, .. } = daily_counters();
        let sums =
            counter_sums(&self.table, partitions, attributes, (&low, &high), Consistency::Eventual).await?;
        let mut totals = Vec::with_capacity(sums.len());
        for (sk, sums) in sums {
            totals.push(daily_total(&sk, &sums).ok_or_else(|| corrupt(sk))?);
        }
        let (totals, is_cut) = first_that_fit(totals.into_iter().map(measured), usize::MAX, self.page_bytes);
        let last = totals.last().filter(|_| is_cut).map(DailyTotal::sort_key);
        Ok(DailyPage { totals, next: last.map(|last| AnalyticsCursor::new(digest, last)) })
    }

    /// The sales of the orders opened in `days`: for each currency, sorted by code, the `limit` products with the most
    /// revenue. Cancelled orders do not count. The result is the first page, or the page after `cursor`; a page
    /// contains whole currencies.
    ///
    /// # Costs
    /// One `Query` for each day and each of the [`COUNTER_SHARDS`]: up to 248 requests, 16 of them concurrent. Each
    /// reads all products that were sold on that day. A read unit covers about 80 counters.
    ///
    /// # Errors
    /// [`ListError`] if the cursor belongs to another range or limit, the table cannot be read, or an item is corrupt.
    pub async fn products(
        &self,
        days: DayRange,
        limit: PageLimit,
        cursor: Option<&AnalyticsCursor>,
    ) -> Result<ProductTotalsPage, ListError> {
        let digest = AnalyticsCursor::digest_of_products(days, limit);
        let after = cursor.map(|cursor| cursor.after_in(digest)).transpose()?;
        // `$` sorts after `#`, which follows the currency in a sort key. The range therefore skips the whole currency.
        let low = after.map_or_else(|| " ".to_owned(), |after| format!("{after}$"));
        if low.as_str() > BEHIND_ALL {
            return Ok(ProductTotalsPage { currencies: Vec::new(), next: None });
        }
        let partitions = days.days().flat_map(|day| product_counters(day).partitions).collect();
        let sums = counter_sums(
            &self.table,
            partitions,
            PRODUCT_ATTRIBUTES,
            (&low, BEHIND_ALL),
            Consistency::Eventual,
        )
        .await?;
        let mut currencies: BTreeMap<String, Vec<ProductTotal>> = BTreeMap::new();
        for (sk, sums) in sums {
            let Some((currency, total)) = product_total(&sk, &sums) else {
                return Err(corrupt(sk).into());
            };
            currencies.entry(currency).or_default().push(total);
        }
        let top = |(currency, mut products): (String, Vec<ProductTotal>)| {
            // The sort is stable, so products with the same revenue stay sorted by id.
            products.sort_by_key(|product| std::cmp::Reverse(product.revenue_cents));
            products.truncate(limit.get().into());
            measured(CurrencyProducts { currency, products })
        };
        let (currencies, is_cut) =
            first_that_fit(currencies.into_iter().map(top), usize::MAX, self.page_bytes);
        let last = currencies.last().filter(|_| is_cut).map(|last| last.currency.clone());
        Ok(ProductTotalsPage { currencies, next: last.map(|last| AnalyticsCursor::new(digest, last)) })
    }
}

impl DailyTotal {
    /// The sort key of the counter.
    fn sort_key(&self) -> String {
        let Self { day, status, currency, .. } = self;
        format!("{day}#{status}#{currency}")
    }
}

/// `entry` with the size of its JSON.
fn measured<T: Serialize>(entry: T) -> Measured<T> {
    // An entry of numbers and texts always has a JSON. If it had none, the answer would fail and not the page.
    let bytes = serde_json::to_vec(&entry).map_or(0, |json| json.len());
    Measured { entry, bytes }
}

/// The error for a counter with the malformed sort key `sk`.
const fn corrupt(sk: String) -> ReadError {
    ReadError::Corrupt { item: sk, attribute: SK }
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

fn daily_total(sk: &str, sums: &[i128]) -> Option<DailyTotal> {
    let (day, rest) = sk.split_once('#')?;
    let (status, currency) = rest.split_once('#')?;
    let &[orders, revenue_cents] = sums else { return None };
    let (status, currency) = (status.to_owned(), currency.to_owned());
    Some(DailyTotal { day: day.parse().ok()?, status, currency, orders, revenue_cents })
}

fn product_total(sk: &str, sums: &[i128]) -> Option<(String, ProductTotal)> {
    let (currency, product_id) = sk.split_once('#')?;
    let &[quantity, revenue_cents] = sums else { return None };
    Some((currency.to_owned(), ProductTotal { product_id: product_id.to_owned(), quantity, revenue_cents }))
}
