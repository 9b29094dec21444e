//! Reading the counters.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures::{StreamExt, TryStreamExt, stream};
use tracing::field::Empty;

use super::counter::{Amount, ORDERS, QUANTITY, REVENUE, daily_pk, product_pk};
use super::{COUNTER_SHARDS, CurrencyProducts, DailyTotal, Day, DayRange, DynamoAnalytics, ProductTotal};
use crate::keys::{PK, SK};
use crate::pages::each_item;
use crate::{PageLimit, ReadError};

/// How many partitions are read at once.
const CONCURRENCY: usize = 16;

/// The most pages of one partition, each 1 MB: some 800,000 counters.
const MAX_PAGES: u32 = 100;

/// Sorts behind every text in a sort key.
pub(super) const BEHIND_ALL: &str = "~";

type Rows = Vec<(String, Amount)>;

impl DynamoAnalytics {
    /// The most days of [`daily`](Self::daily).
    pub const MAX_DAILY_DAYS: u16 = 92;
    /// The most days of [`products`](Self::products).
    pub const MAX_PRODUCT_DAYS: u16 = 31;

    /// The orders opened in `days`, by day, status and currency, in this order. What nothing is counted in is left out.
    ///
    /// # Costs
    /// One `Query` for each of the [`COUNTER_SHARDS`]; a read unit is some 80 counters, and a day has one for each
    /// status and currency.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn daily(&self, days: DayRange) -> Result<Vec<DailyTotal>, ReadError> {
        let (low, high) = (days.from().to_string(), format!("{}#{BEHIND_ALL}", days.to()));
        let shards = (0..COUNTER_SHARDS).map(daily_pk).collect();
        let sums = self.sums(shards, ORDERS, &low, &high).await?;
        sums.into_iter()
            .map(|(sk, Amount { number, revenue })| {
                let total = daily_total(&sk).ok_or(ReadError::Corrupt { item: sk, attribute: SK })?;
                Ok(DailyTotal { orders: number, revenue_cents: revenue, ..total })
            })
            .collect()
    }

    /// What was sold of the orders opened in `days`: of each currency, in alphabetical order, the `limit` products
    /// with the most revenue. Cancelled orders sell nothing.
    ///
    /// # Costs
    /// One `Query` for each day and each of the [`COUNTER_SHARDS`], up to 248 of them, 16 at a time; each reads every
    /// product that was sold that day, some 80 for a read unit.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn products(
        &self,
        days: DayRange,
        limit: PageLimit,
    ) -> Result<Vec<CurrencyProducts>, ReadError> {
        let of_day = |day: Day| (0..COUNTER_SHARDS).map(move |shard| product_pk(day, shard));
        let partitions = days.days().flat_map(of_day).collect();
        let sums = self.sums(partitions, QUANTITY, " ", BEHIND_ALL).await?;
        let mut currencies: BTreeMap<String, Vec<ProductTotal>> = BTreeMap::new();
        for (sk, Amount { number, revenue }) in sums {
            let Some((currency, product_id)) = sk.split_once('#') else {
                return Err(ReadError::Corrupt { item: sk, attribute: SK });
            };
            let product_id = product_id.to_owned();
            let total = ProductTotal { product_id, quantity: number, revenue_cents: revenue };
            currencies.entry(currency.to_owned()).or_default().push(total);
        }
        let top = |(currency, mut products): (String, Vec<ProductTotal>)| {
            // Stable, so that of products with the same revenue those that sort first come first.
            products.sort_by_key(|product| std::cmp::Reverse(product.revenue_cents));
            products.truncate(limit.get().into());
            CurrencyProducts { currency, products }
        };
        Ok(currencies.into_iter().map(top).collect())
    }

    /// The counters of `partitions` between `low` and `high`, by their sort keys, each summed over its shards.
    pub(super) async fn sums(
        &self,
        partitions: Vec<String>,
        number: &'static str,
        low: &str,
        high: &str,
    ) -> Result<BTreeMap<String, Amount>, ReadError> {
        let reads = partitions.into_iter().map(|pk| self.partition(pk, number, low, high));
        let rows: Vec<Rows> = stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await?;
        let mut sums: BTreeMap<String, Amount> = BTreeMap::new();
        for (sk, amount) in rows.into_iter().flatten() {
            let sum = sums.entry(sk).or_default();
            sum.number = sum.number.saturating_add(amount.number);
            sum.revenue = sum.revenue.saturating_add(amount.revenue);
        }
        sums.retain(|_, sum| *sum != Amount::default());
        Ok(sums)
    }

    #[tracing::instrument(name = "read_store.counters", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
        db.collection.name = self.table, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn partition(
        &self,
        pk: String,
        number: &'static str,
        low: &str,
        high: &str,
    ) -> Result<Rows, ReadError> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", text(&pk))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut rows = Rows::new();
        let take = |item| {
            rows.push(row(&pk, &item, number)?);
            Ok(())
        };
        each_item(query, &self.table, (&pk, MAX_PAGES), take).await?;
        Ok(rows)
    }
}

fn row(
    pk: &str,
    item: &HashMap<String, AttributeValue>,
    number: &'static str,
) -> Result<(String, Amount), ReadError> {
    let corrupt = |attribute| ReadError::Corrupt { item: pk.to_owned(), attribute };
    let read = |name| {
        let digits = item.get(name).and_then(|value| value.as_n().ok());
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| corrupt(name))
    };
    let sk = item.get(SK).and_then(|sk| sk.as_s().ok()).ok_or_else(|| corrupt(SK))?;
    Ok((sk.clone(), Amount { number: read(number)?, revenue: read(REVENUE)? }))
}

/// The total without numbers that `sk` names.
fn daily_total(sk: &str) -> Option<DailyTotal> {
    let (day, rest) = sk.split_once('#')?;
    let (status, currency) = rest.split_once('#')?;
    let (status, currency) = (status.to_owned(), currency.to_owned());
    Some(DailyTotal { day: day.parse().ok()?, status, currency, orders: 0, revenue_cents: 0 })
}
