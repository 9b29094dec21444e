//! Compares two generations of the query table.
//!
//! Each item of one generation is looked up in the other by its key, in both directions. Two items, including their
//! checkpoints, are equal or they are not. Two kinds of items are exceptions. [`ShardedCounters`] are compared by their
//! sums. The progress of a rebuild is not compared, because only one generation has it. The timeline of a checkpoint is
//! not compared either: a view from before checkpoints had one stores none, and a generation that was built from a
//! restored event table has another one.
//!
//! Live traffic writes one generation a moment before the other. The caller therefore compares the differing items and
//! counters again, until each has been equal once or has differed for long enough.
//!
//! # Costs
//! Both tables are read once as a whole, and each item is read once more by its key. All reads are consistent, so they
//! cost one read unit for each 4 KB.

mod difference;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::{AttributeMap, MAX_GET_BATCH, SK, TIMELINE, Table};
use serde::{Deserialize, Serialize};
use tracing::field::Empty;

use crate::counters::counter_sums;
use crate::rebuild::REBUILD;
use crate::{Consistency, CounterKey, ItemKey, ReadError, ShardedCounters};

pub use difference::Difference;

/// The maximum number of items of a page. One `BatchGetItem` can look up this many items in the other generation.
const PAGE: i32 = 100;

/// A comparison of two DynamoDB tables. Each table is a generation of the same views.
#[derive(Debug, Clone)]
pub struct DynamoParity {
    built: Table,
    other: Table,
    counters: Vec<ShardedCounters>,
}

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparedTable {
    /// The generation that a rebuild has built.
    Built,
    /// The generation that the built one is compared with.
    Other,
}

/// The position of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParityCursor {
    /// The generation whose items are read.
    pub generation: ComparedTable,
    /// The comparison continues after this item, or at the start of the generation if there is no item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ItemKey>,
}

/// One page of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParityPage {
    /// How many items were compared.
    pub compared: u64,
    /// The keys of the items that differ.
    pub differing: Vec<ItemKey>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<ParityCursor>,
}

impl ParityCursor {
    /// The start of a comparison. It reads all items of the built generation first and then all items of the other one.
    #[must_use]
    pub const fn beginning() -> Self {
        Self { generation: ComparedTable::Built, after: None }
    }

    fn behind(&self, after: Option<ItemKey>) -> Option<Self> {
        match (self.generation, after) {
            (generation, Some(after)) => Some(Self { generation, after: Some(after) }),
            (ComparedTable::Built, None) => Some(Self { generation: ComparedTable::Other, after: None }),
            (ComparedTable::Other, None) => None,
        }
    }
}

impl DynamoParity {
    /// Compares the tables `built` and `other`. Both are reached through `client`, and both have these `counters`.
    #[must_use]
    pub fn new(
        client: Client,
        built: impl Into<String>,
        other: impl Into<String>,
        counters: Vec<ShardedCounters>,
    ) -> Self {
        Self { built: Table::new(client.clone(), built), other: Table::new(client, other), counters }
    }

    /// The page after `cursor`, without the counters.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn page(&self, cursor: &ParityCursor) -> Result<ParityPage, ReadError> {
        let (table, opposite) = match cursor.generation {
            ComparedTable::Built => (&self.built, &self.other),
            ComparedTable::Other => (&self.other, &self.built),
        };
        let (mut items, after) = scan(table, cursor.after.as_ref()).await?;
        items.retain(|key, _| self.is_compared(key));
        let keys: Vec<_> = items.keys().cloned().collect();
        let others = get(opposite, &keys).await?;
        let differs = |key: &ItemKey| match cursor.generation {
            ComparedTable::Built => others.get(key) != items.get(key),
            // An item that both generations have was already compared while the built generation was read.
            ComparedTable::Other => !others.contains_key(key),
        };
        Ok(ParityPage {
            compared: keys.len() as u64,
            differing: keys.into_iter().filter(differs).collect(),
            next: cursor.behind(after),
        })
    }

    /// The keys whose items differ between the generations at the time of the call.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn differences(&self, keys: &[ItemKey]) -> Result<Vec<Difference>, ReadError> {
        let mut differences = Vec::new();
        for batch in keys.chunks(MAX_GET_BATCH) {
            let (built, other) = futures::try_join!(get(&self.built, batch), get(&self.other, batch))?;
            let between_items =
                |key: &ItemKey| Difference::between_items(key.clone(), built.get(key), other.get(key));
            differences.extend(batch.iter().filter_map(between_items));
        }
        Ok(differences)
    }

    /// The number of counters that were compared, and the counters whose sums differ at the time of the call.
    ///
    /// # Costs
    /// One consistent `Query` of each table for each partition.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn counters(&self) -> Result<(u64, Vec<CounterKey>), ReadError> {
        let (mut compared, mut differing) = (0, Vec::new());
        for counters in &self.counters {
            let mut further = BTreeSet::new();
            let first = (counters.first)();
            for name in self.compare_partition(&first, counters.shards, &mut compared, &mut differing).await?
            {
                let partition = (counters.further)(&name);
                further.insert(partition.ok_or(ReadError::Corrupt { item: name, attribute: SK })?);
            }
            for partition in further {
                self.compare_partition(&partition, counters.shards, &mut compared, &mut differing).await?;
            }
        }
        Ok((compared, differing))
    }

    /// Compares the counters of `partition` and returns the names of all of them.
    async fn compare_partition(
        &self,
        partition: &str,
        shards: u8,
        compared: &mut u64,
        differing: &mut Vec<CounterKey>,
    ) -> Result<BTreeSet<String>, ReadError> {
        let sums = |table| counter_sums(table, vec![partition.to_owned()], (" ", "~"), Consistency::Strong);
        let (built, other) = futures::try_join!(sums(&self.built), sums(&self.other))?;
        let names: BTreeSet<String> = built.keys().chain(other.keys()).cloned().collect();
        *compared += names.len() as u64;
        let differs = |name: &&String| built.get(*name) != other.get(*name);
        differing.extend(names.iter().filter(differs).map(|name| CounterKey::new(partition, name, shards)));
        Ok(names)
    }

    /// The counters of `counters` whose sums differ at the time of the call, with the differences.
    ///
    /// A counter's shards are read from both tables at the same time, with one consistent `BatchGetItem` of each table
    /// for as many counters as fit. A counter that is written meanwhile may still seem to differ.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn counter_differences(
        &self,
        counters: &[CounterKey],
    ) -> Result<Vec<(CounterKey, Difference)>, ReadError> {
        let mut differences = Vec::new();
        let shards = counters.iter().map(|counter| counter.shards.len()).max().unwrap_or(1);
        for batch in counters.chunks((MAX_GET_BATCH / shards.max(1)).max(1)) {
            let keys: Vec<_> = batch.iter().flat_map(|counter| &counter.shards).cloned().collect();
            let (built, other) = futures::try_join!(get(&self.built, &keys), get(&self.other, &keys))?;
            for counter in batch {
                let (built, other) = (counter.sums(&built)?, counter.sums(&other)?);
                let key = counter.key.clone();
                let difference = Difference::between_sums(key, built.as_ref(), other.as_ref());
                differences.extend(difference.map(|difference| (counter.clone(), difference)));
            }
        }
        Ok(differences)
    }

    fn is_compared(&self, key: &ItemKey) -> bool {
        key.pk != REBUILD && !self.counters.iter().any(|counters| key.pk.starts_with(counters.prefix))
    }
}

/// Up to [`PAGE`] items of `table` after `after`, and the key after which the next page starts.
#[tracing::instrument(name = "read_store.scan", skip_all, fields(
    otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "Scan",
    db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
))]
async fn scan(
    table: &Table,
    after: Option<&ItemKey>,
) -> Result<(BTreeMap<ItemKey, AttributeMap>, Option<ItemKey>), ReadError> {
    let scan = table.scan().consistent_read(true).limit(PAGE);
    let scan = scan.set_exclusive_start_key(after.map(ItemKey::attributes));
    let answer = table.call().send(scan.send()).await?;
    let after = answer.last_evaluated_key.as_ref().map(ItemKey::from_item).transpose()?;
    let items = answer.items.unwrap_or_default().into_iter();
    Ok((items.map(compared).collect::<Result<_, _>>()?, after))
}

/// The items of `table` under `keys`, which may repeat.
#[tracing::instrument(name = "read_store.items", skip_all, fields(
    otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
    db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
))]
async fn get(table: &Table, keys: &[ItemKey]) -> Result<HashMap<ItemKey, AttributeMap>, ReadError> {
    let distinct: BTreeSet<&ItemKey> = keys.iter().collect();
    let keys: Vec<_> = distinct.into_iter().map(ItemKey::attributes).collect();
    let options = KeysAndAttributes::builder().consistent_read(true);
    let items = table.call().get_items(&keys, &options).await?.into_iter();
    items.map(compared).collect()
}

/// The part of `item` that is compared, under the item's key.
fn compared(mut item: AttributeMap) -> Result<(ItemKey, AttributeMap), ReadError> {
    item.remove(TIMELINE);
    Ok((ItemKey::from_item(&item)?, item))
}
