//! Reads the counters.

use std::collections::{BTreeMap, BTreeSet};

use dynamo::SK;
use serde::Serialize;
use view_store::{
    Consistency, ListError, Measured, PageLimit, ReadError, ShardedCounters, Sums, counter_sums,
    first_that_fit,
};

use super::{
    AnalyticsCursor, COUNTER_PREFIX, COUNTER_SHARDS, DAILY, Day, DayRange, DynamoAnalytics, ORDERS_OF_STATUS,
    QUANTITY, REVENUE, REVENUE_OF_STATUS, daily_attributes, products_of,
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
        shards: COUNTER_SHARDS,
        first: || DAILY.to_owned(),
        further: |daily| Some(products_of(daily.split_once('#')?.0.parse().ok()?)),
    };

    /// The totals of the orders opened in `days`, sorted by day, status and currency: the first page, or the page after
    /// `cursor`. Totals of zero are left out. Only the size of a page is limited.
    ///
    /// # Costs
    /// One `Query`. A day has [`COUNTER_SHARDS`] items of at most 400 bytes for each currency, so half a read unit covers
    /// two or three days of one currency.
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
        // The page begins with the rest of the day of the last entry. A forged cursor must not begin before the range.
        let last_day = after.and_then(|after| after.split('#').next()).unwrap_or_default();
        let low = days.from().to_string().max(last_day.to_owned());
        let high = format!("{}#{BEHIND_ALL}", days.to());
        if low > high {
            return Ok(DailyPage { totals: Vec::new(), next: None });
        }
        let sums =
            counter_sums(&self.table, vec![DAILY.to_owned()], (&low, &high), Consistency::Eventual, "query")
                .await?;
        let mut totals = BTreeMap::new();
        for (counter, sums) in sums {
            for total in daily_totals(&counter, &sums).ok_or_else(|| corrupt(counter))? {
                totals.insert(total.sort_key(), total);
            }
        }
        let totals = totals.into_iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        let totals = totals.map(|(_, total)| total);
        let (totals, is_cut) = first_that_fit(totals.map(measured), usize::MAX, self.page_bytes);
        let last = totals.last().filter(|_| is_cut).map(DailyTotal::sort_key);
        Ok(DailyPage { totals, next: last.map(|last| AnalyticsCursor::new(digest, last)) })
    }

    /// The sales of the orders opened in `days`: for each currency, sorted by code, the `limit` products with the most
    /// revenue. Cancelled orders do not count. The result is the first page, or the page after `cursor`; a page
    /// contains whole currencies.
    ///
    /// # Costs
    /// One `Query` for each day: up to 31 requests, 16 of them concurrent. Each reads all products that were sold on that
    /// day. A product has up to [`COUNTER_SHARDS`] items, and a read unit covers about 80 items.
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
        let partitions = days.days().map(products_of).collect();
        let sums =
            counter_sums(&self.table, partitions, (&low, BEHIND_ALL), Consistency::Eventual, "query").await?;
        let mut currencies: BTreeMap<String, Vec<ProductTotal>> = BTreeMap::new();
        for (counter, sums) in sums {
            let Some((currency, total)) = product_total(&counter, &sums) else {
                return Err(corrupt(counter).into());
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
    /// The text by which the totals are sorted.
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

/// The error for a counter with a malformed name.
const fn corrupt(counter: String) -> ReadError {
    ReadError::Corrupt { item: counter, attribute: SK }
}

/// The totals in the sums of the order counter `<day>#<currency>`.
fn daily_totals(counter: &str, sums: &Sums) -> Option<Vec<DailyTotal>> {
    let (day, currency) = counter.split_once('#')?;
    let day: Day = day.parse().ok()?;
    let status = |name: &String| {
        let status = name.strip_suffix(REVENUE_OF_STATUS).or_else(|| name.strip_suffix(ORDERS_OF_STATUS));
        status.map(str::to_owned)
    };
    let statuses: BTreeSet<String> = sums.keys().map(status).collect::<Option<_>>()?;
    let total = |status: String| {
        let sum = |name: &String| sums.get(name).copied().unwrap_or_default();
        let [orders, revenue_cents] = daily_attributes(&status);
        let (orders, revenue_cents) = (sum(&orders), sum(&revenue_cents));
        DailyTotal { day, status, currency: currency.to_owned(), orders, revenue_cents }
    };
    Some(statuses.into_iter().map(total).collect())
}

/// The total in the sums of the product counter `<currency>#<product id>`.
fn product_total(counter: &str, sums: &Sums) -> Option<(String, ProductTotal)> {
    let (currency, product_id) = counter.split_once('#')?;
    let sum = |name| sums.get(name).copied().unwrap_or_default();
    let (quantity, revenue_cents) = (sum(QUANTITY), sum(REVENUE));
    Some((currency.to_owned(), ProductTotal { product_id: product_id.to_owned(), quantity, revenue_cents }))
}
