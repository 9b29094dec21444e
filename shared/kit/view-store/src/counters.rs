//! Counters that are sharded over items. Only the sum over all shards is meaningful.

use std::collections::{BTreeMap, HashMap};

use dynamo::{AttributeMap, CorruptItem, Item, PK, SK, Table, text};
use futures::{StreamExt, TryStreamExt, stream};
use tracing::field::Empty;

use crate::{Consistency, ItemKey, ReadError};

/// How many partitions are read at the same time.
const CONCURRENCY: usize = 16;

/// The maximum number of pages of one partition. Each page has up to 1 MB, which is enough for thousands of counters.
const MAX_PAGES: u32 = 100;

/// All sharded counters of a read model. The sort key of a counter's item is `<counter>#<shard>`, so one `Query` of a
/// partition reads all shards of its counters. Every attribute of the item that is not a key is a number.
#[derive(Debug, Clone, Copy)]
pub struct ShardedCounters {
    /// The start of the partition key of every counter. No other item's partition key starts with this prefix.
    pub prefix: &'static str,
    /// The number of items over which each counter is spread.
    pub shards: u8,
    /// The partition to read first.
    pub first: fn() -> String,
    /// The further partition that the name of a counter of the first partition names; `None` if the name is corrupt.
    pub further: fn(&str) -> Option<String>,
}

/// The key of the item with one shard of `counter` in `partition`.
#[must_use]
pub fn counter_shard(partition: impl Into<String>, counter: &str, shard: u8) -> ItemKey {
    ItemKey::new(partition, format!("{counter}#{shard}"))
}

/// The sums of one counter by attribute. A sum of 0 is left out.
///
/// A sum has 128 bits, because DynamoDB stores integers of up to 38 digits exactly and refuses an `ADD` whose result
/// has more. Every value that a counter can have fits.
///
/// Source: Amazon DynamoDB Developer Guide, "Supported data types and naming rules in Amazon DynamoDB", "Number".
pub type Sums = BTreeMap<String, i128>;

/// The sums of each counter by its name. A counter without a sum is left out.
pub type CounterSums = BTreeMap<String, Sums>;

/// The counters of `partitions` whose sort keys are from `low` to `high`. Counters of the same name in several
/// partitions are added up. The function sends one `Query` for each partition, 16 at a time. Items are read at slightly
/// different times, so a sum may include a change and lack an earlier one. `side` is the side of the function on the
/// spans.
///
/// # Errors
/// [`ReadError`]. Its variants name the causes.
pub async fn counter_sums(
    table: &Table,
    partitions: Vec<String>,
    (low, high): (&str, &str),
    consistency: Consistency,
    side: &'static str,
) -> Result<CounterSums, ReadError> {
    let reads = partitions.into_iter().map(|pk| shards(table, pk, (low, high), consistency, side));
    let shards: Vec<_> = stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await?;
    let mut sums = CounterSums::new();
    for (counter, shard) in shards.into_iter().flatten() {
        add_shard(sums.entry(counter).or_default(), shard);
    }
    sums.values_mut().for_each(drop_zeros);
    sums.retain(|_, sums| !sums.is_empty());
    Ok(sums)
}

/// Adds the numbers of one shard to the sums of its counter.
fn add_shard(sums: &mut Sums, shard: Sums) {
    for (attribute, number) in shard {
        let sum = sums.entry(attribute).or_default();
        *sum = sum.saturating_add(number);
    }
}

fn drop_zeros(sums: &mut Sums) {
    sums.retain(|_, sum| *sum != 0);
}

/// One counter, for reading its shards by their keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterKey {
    /// The counter's partition and name.
    pub key: ItemKey,
    /// The keys of the counter's shards.
    pub shards: Vec<ItemKey>,
}

impl CounterKey {
    /// The counter called `name` in `partition`, spread over `shards` items.
    pub(crate) fn new(partition: &str, name: &str, shards: u8) -> Self {
        let shards = (0..shards).map(|shard| counter_shard(partition, name, shard)).collect();
        Self { key: ItemKey::new(partition, name), shards }
    }

    /// The counter's sums over its shards in `items`; `None` if all of them are 0, as for a counter that does not
    /// exist.
    pub(crate) fn sums(&self, items: &HashMap<ItemKey, AttributeMap>) -> Result<Option<Sums>, CorruptItem> {
        let mut sums = Sums::new();
        for item in self.shards.iter().filter_map(|shard| items.get(shard)) {
            add_shard(&mut sums, numbers(item)?);
        }
        drop_zeros(&mut sums);
        Ok(Some(sums).filter(|sums| !sums.is_empty()))
    }
}

/// The numbers of one shard.
fn numbers(item: &AttributeMap) -> Result<Sums, CorruptItem> {
    let numbers = item.iter().filter(|(name, _)| *name != PK && *name != SK);
    let number = |(name, value): (&String, &aws_sdk_dynamodb::types::AttributeValue)| {
        let digits = value.as_n().ok().and_then(|digits| digits.parse().ok());
        Ok((name.clone(), digits.ok_or_else(|| Item(item).corrupt("of a counter"))?))
    };
    numbers.map(number).collect()
}

/// The shards of all counters in the partition `pk`, each with the name of its counter.
#[tracing::instrument(name = "read_store.counters", skip_all, fields(
    otel.kind = "client", cqrs.side = side, db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
))]
async fn shards(
    table: &Table,
    pk: String,
    (low, high): (&str, &str),
    consistency: Consistency,
    side: &'static str,
) -> Result<Vec<(String, Sums)>, ReadError> {
    let query = table
        .query()
        .consistent_read(consistency == Consistency::Strong)
        .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
        .expression_attribute_names("#pk", PK)
        .expression_attribute_names("#sk", SK)
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":low", text(low))
        .expression_attribute_values(":high", text(high));
    let mut shards = Vec::new();
    let take = |item: AttributeMap| {
        let (counter, _) = Item(&item).text(SK)?.rsplit_once('#').ok_or_else(|| Item(&item).corrupt(SK))?;
        shards.push((counter.to_owned(), numbers(&item)?));
        Ok::<_, ReadError>(())
    };
    table.call().each_item(query, MAX_PAGES, take).await?;
    Ok(shards)
}
