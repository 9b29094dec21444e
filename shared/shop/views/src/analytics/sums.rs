//! Every counter there is, summed over its shards.

use std::collections::BTreeMap;

use super::counter::{Amount, ORDERS, QUANTITY, daily_pk, product_pk};
use super::read::BEHIND_ALL;
use super::{COUNTER_SHARDS, Day, DynamoAnalytics};
use crate::ReadError;
use crate::keys::PK;

/// What a counter says: how many, and for how much in minor units.
pub(crate) type Sum = (i64, i64);

impl DynamoAnalytics {
    /// The counters of orders, by `<day>#<status>#<currency>`.
    pub(crate) async fn daily_sums(&self) -> Result<BTreeMap<String, Sum>, ReadError> {
        let partitions = (0..COUNTER_SHARDS).map(daily_pk).collect();
        Ok(plain(self.sums(partitions, ORDERS, " ", BEHIND_ALL).await?))
    }

    /// The counters of the products of `day`, by `<currency>#<product id>`.
    pub(crate) async fn product_sums(&self, day: &str) -> Result<BTreeMap<String, Sum>, ReadError> {
        let corrupt = |_| ReadError::Corrupt { item: day.to_owned(), attribute: PK };
        let day: Day = day.parse().map_err(corrupt)?;
        let partitions = (0..COUNTER_SHARDS).map(|shard| product_pk(day, shard)).collect();
        Ok(plain(self.sums(partitions, QUANTITY, " ", BEHIND_ALL).await?))
    }
}

fn plain(sums: BTreeMap<String, Amount>) -> BTreeMap<String, Sum> {
    sums.into_iter().map(|(sk, Amount { number, revenue })| (sk, (number, revenue))).collect()
}
