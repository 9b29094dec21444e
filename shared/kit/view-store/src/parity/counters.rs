//! Compares counters by their sums, one partition after the other.

use std::collections::BTreeSet;

use dynamo::{MAX_GET_BATCH, SK};

use super::get;
use crate::counters::{CounterSums, counter_sums};
use crate::{Consistency, CounterKey, Difference, DynamoParity, ReadError, ShardedCounters};

/// A partition of counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterPartition {
    name: String,
    shards: u8,
}

impl CounterPartition {
    /// The partition key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The counters of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterPage {
    /// How many counters were compared.
    pub compared: u64,
    /// The counters whose sums differ.
    pub differing: Vec<CounterKey>,
}

impl DynamoParity {
    /// The partitions of counters in the order of a comparison: those after the partition `after`, or all of them.
    ///
    /// If no counter can have the partition `after`, the result is all partitions. The comparison then repeats some and
    /// leaves out none.
    ///
    /// # Costs
    /// A consistent read of the first partition of each kind of counter, in each table.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn counter_partitions(&self, after: Option<&str>) -> Result<Vec<CounterPartition>, ReadError> {
        let is_of =
            |counters: &ShardedCounters| after.is_some_and(|after| after.starts_with(counters.prefix));
        let begun = self.counters.iter().position(is_of).unwrap_or_default();
        let mut partitions = Vec::new();
        for counters in self.counters.iter().skip(begun) {
            let first = (counters.first)();
            let mut further = BTreeSet::new();
            for name in names(&self.sums(&first).await?) {
                let partition = (counters.further)(&name);
                further.insert(partition.ok_or(ReadError::Corrupt { item: name, attribute: SK })?);
            }
            let order = |partition: &str| (partition != first, partition.to_owned());
            let last = after.filter(|_| is_of(counters)).map(order);
            let all = std::iter::once(first.clone()).chain(further);
            let rest = all.filter(|partition| last.as_ref().is_none_or(|last| order(partition) > *last));
            partitions.extend(rest.map(|name| CounterPartition { name, shards: counters.shards }));
        }
        Ok(partitions)
    }

    /// Compares the counters of `partition` at the time of the call.
    ///
    /// # Costs
    /// One consistent `Query` of each table for each megabyte.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn counters(&self, partition: &CounterPartition) -> Result<CounterPage, ReadError> {
        let CounterPartition { name: partition, shards } = partition;
        let sums = self.sums(partition).await?;
        let names = names(&sums);
        let [built, other] = sums;
        let differs = |name: &&String| built.get(*name) != other.get(*name);
        let differing = names.iter().filter(differs).map(|name| CounterKey::new(partition, name, *shards));
        Ok(CounterPage { compared: names.len() as u64, differing: differing.collect() })
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

    /// The sums of the counters of `partition` in the built and in the other generation.
    async fn sums(&self, partition: &str) -> Result<[CounterSums; 2], ReadError> {
        let sums = |table| {
            counter_sums(table, vec![partition.to_owned()], (" ", "~"), Consistency::Strong, "operator")
        };
        let (built, other) = futures::try_join!(sums(&self.built), sums(&self.other))?;
        Ok([built, other])
    }
}

/// The names of all counters of both generations.
fn names(sums: &[CounterSums; 2]) -> BTreeSet<String> {
    sums.iter().flat_map(|sums| sums.keys().cloned()).collect()
}
