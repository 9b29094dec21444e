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

mod counters;
mod cursor;
mod difference;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::{AttributeMap, MAX_GET_BATCH, TIMELINE, Table};
use tracing::field::Empty;

use crate::rebuild::REBUILD;
use crate::{ItemKey, ReadError, ShardedCounters};

pub use counters::{CounterPage, CounterPartition};
pub use cursor::{ComparedTable, CounterPosition, ParityCursor};
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

/// One page of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParityPage {
    /// How many items were compared.
    pub compared: u64,
    /// The keys of the items that differ.
    pub differing: Vec<ItemKey>,
    /// The position after the page. After the last item, it is the beginning of the counters.
    pub next: ParityCursor,
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

    /// The page of items of `generation` after the item `after`, or the first page. Counters are left out.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn page(
        &self,
        generation: ComparedTable,
        after: Option<&ItemKey>,
    ) -> Result<ParityPage, ReadError> {
        let (table, opposite) = match generation {
            ComparedTable::Built => (&self.built, &self.other),
            ComparedTable::Other => (&self.other, &self.built),
        };
        let (mut items, after) = scan(table, after).await?;
        items.retain(|key, _| self.is_compared(key));
        let keys: Vec<_> = items.keys().cloned().collect();
        let others = get(opposite, &keys).await?;
        let differs = |key: &ItemKey| match generation {
            ComparedTable::Built => others.get(key) != items.get(key),
            // An item that both generations have was already compared while the built generation was read.
            ComparedTable::Other => !others.contains_key(key),
        };
        Ok(ParityPage {
            compared: keys.len() as u64,
            differing: keys.into_iter().filter(differs).collect(),
            next: ParityCursor::after_page(generation, after),
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
