//! Counters that are sharded over partitions. Only the sum over all shards is meaningful.

use std::collections::{BTreeMap, HashMap};

use dynamo::{AttributeMap, CorruptItem, Item, PK, SK, Table, text};
use futures::{StreamExt, TryStreamExt, stream};
use tracing::field::Empty;

use crate::{Consistency, ItemKey, ReadError};

/// How many partitions are read at the same time.
const CONCURRENCY: usize = 16;

/// The maximum number of pages of one partition. Each page has up to 1 MB, which is enough for about 800,000 counters.
const MAX_PAGES: u32 = 100;

/// Counters with the same layout. Each sort key is one counter, and each partition holds a part of the counter's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterFamily {
    /// The family's name, which is the partition key without the shard.
    pub name: String,
    /// The partitions, one for each shard.
    pub partitions: Vec<String>,
    /// The number attributes of a counter.
    pub attributes: &'static [&'static str],
}

/// All sharded counters of a read model.
#[derive(Debug, Clone, Copy)]
pub struct ShardedCounters {
    /// The start of the partition key of every counter. No other item's partition key starts with this prefix.
    pub prefix: &'static str,
    /// The family to read first.
    pub first: fn() -> CounterFamily,
    /// The further family that the sort key of a counter of the first family names; `None` if the sort key is corrupt.
    pub further: fn(&str) -> Option<CounterFamily>,
}

/// The sums of each counter by its sort key. Each sum belongs to one attribute of the family.
///
/// A sum has 128 bits, because DynamoDB stores integers of up to 38 digits exactly and refuses an `ADD` whose result
/// has more. Every value that a counter can have fits.
///
/// Source: Amazon DynamoDB Developer Guide, "Supported data types and naming rules in Amazon DynamoDB", "Number".
pub type CounterSums = BTreeMap<String, Vec<i128>>;

/// The counters of `partitions` with sort keys from `low` to `high`, each with the sums of its `attributes` over all
/// partitions. A counter whose sums are all 0 is left out. The function sends one `Query` for each partition, 16 at a
/// time. The partitions are read at slightly different times, so a sum may include a change and lack an earlier one.
///
/// # Errors
/// [`ReadError`]. Its variants name the causes.
pub async fn counter_sums(
    table: &Table,
    partitions: Vec<String>,
    attributes: &'static [&'static str],
    (low, high): (&str, &str),
    consistency: Consistency,
) -> Result<CounterSums, ReadError> {
    let reads = partitions.into_iter().map(|pk| shares(table, pk, attributes, (low, high), consistency));
    let shares: Vec<_> = stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await?;
    let mut sums = CounterSums::new();
    for (sk, share) in shares.into_iter().flatten() {
        add_share(sums.entry(sk).or_default(), share);
    }
    sums.retain(|_, sum| sum.iter().any(|number| *number != 0));
    Ok(sums)
}

/// Adds the numbers of one shard to the sums of its counter.
fn add_share(sum: &mut Vec<i128>, share: Vec<i128>) {
    sum.resize(share.len(), 0);
    for (sum, number) in sum.iter_mut().zip(share) {
        *sum = sum.saturating_add(number);
    }
}

/// One counter, for reading its shards by their keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterKey {
    /// The counter's family and sort key.
    pub key: ItemKey,
    /// The keys of the counter's shards.
    pub shards: Vec<ItemKey>,
    /// The number attributes of the counter.
    pub attributes: &'static [&'static str],
}

impl CounterKey {
    /// The counter of `family` under the sort key `sk`.
    pub(crate) fn new(family: &CounterFamily, sk: &str) -> Self {
        let shards = family.partitions.iter().map(|pk| ItemKey::new(pk, sk)).collect();
        Self { key: ItemKey::new(&family.name, sk), shards, attributes: family.attributes }
    }

    /// The counter's sums over its shards in `items`; `None` if the sums are all 0, as for a counter that does not
    /// exist.
    pub(crate) fn sums(
        &self,
        items: &HashMap<ItemKey, AttributeMap>,
    ) -> Result<Option<Vec<i128>>, CorruptItem> {
        let mut sum = Vec::new();
        for item in self.shards.iter().filter_map(|shard| items.get(shard)) {
            add_share(&mut sum, numbers(Item(item), self.attributes)?);
        }
        Ok(sum.iter().any(|number| *number != 0).then_some(sum))
    }
}

/// The number attributes of one shard.
fn numbers(item: Item<'_>, attributes: &[&'static str]) -> Result<Vec<i128>, CorruptItem> {
    attributes.iter().map(|&name| item.number(name)).collect()
}

/// The values of all counters in the partition `pk`.
#[tracing::instrument(name = "read_store.counters", skip_all, fields(
    otel.kind = "client", cqrs.side = "query", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
))]
async fn shares(
    table: &Table,
    pk: String,
    attributes: &'static [&'static str],
    (low, high): (&str, &str),
    consistency: Consistency,
) -> Result<Vec<(String, Vec<i128>)>, ReadError> {
    let query = table
        .query()
        .consistent_read(consistency == Consistency::Strong)
        .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
        .expression_attribute_names("#pk", PK)
        .expression_attribute_names("#sk", SK)
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":low", text(low))
        .expression_attribute_values(":high", text(high));
    let mut shares = Vec::new();
    let take = |item| {
        let item = Item(&item);
        shares.push((item.text(SK)?.to_owned(), numbers(item, attributes)?));
        Ok::<_, ReadError>(())
    };
    table.call().each_item(query, MAX_PAGES, take).await?;
    Ok(shares)
}
