//! Tests what a read can show whose shards are read at different moments between writes.

use proptest::prelude::*;
use view_store::{Consistency, CounterFamily, CounterSums, counter_sums};
use views::{AnalyticsChange, COUNTER_SHARDS, DynamoAnalytics};

use super::fixture::{AnalyticsFixture, in_status, opened};

/// The number of orders: more than there are shards.
const ORDERS: usize = 20;

/// The states of an order, of which each step takes the next one.
fn steps() -> [AnalyticsChange; 4] {
    let opened = opened(2, "EUR", &[("beans", 2, 100), ("kettle", 1, 50)]);
    [opened, in_status("confirmed"), in_status("shipped"), in_status("cancelled")]
}

/// The counters of orders, and those of the products of the day on which all orders are opened.
fn families() -> [CounterFamily; 2] {
    let counters = DynamoAnalytics::COUNTERS;
    [(counters.first)(), (counters.further)("1970-01-02#pending#EUR").unwrap()]
}

/// A read of one family, each of whose shards is read at a moment of its own.
struct TornRead {
    family: CounterFamily,
    /// The number of writes before the read of each shard.
    moments: Vec<usize>,
    sums: CounterSums,
}

impl TornRead {
    /// Reads the shards whose moment is after `writes` writes.
    async fn read(&mut self, fixture: &AnalyticsFixture, writes: usize) {
        let due = self.family.partitions.iter().zip(&self.moments).filter(|(_, moment)| **moment == writes);
        let due: Vec<String> = due.map(|(partition, _)| partition.clone()).collect();
        let all = (" ", "~");
        let read = counter_sums(&fixture.table, due, self.family.attributes, all, Consistency::Eventual);
        let read = read.await.unwrap();
        for (counter, numbers) in read {
            let sums = self.sums.entry(counter).or_insert_with(|| vec![0; numbers.len()]);
            sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_read_shows_a_negative_number(
        writes in prop::collection::vec(0..ORDERS, 1..60),
        moments in prop::collection::vec(prop::collection::vec(0..60_usize, usize::from(COUNTER_SHARDS)), 8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fixture = AnalyticsFixture::new().await;
            let reads = moments.iter().flat_map(|moments| families().map(|family| {
                let moments = moments.iter().map(|moment| (*moment).min(writes.len())).collect();
                TornRead { family, moments, sums: CounterSums::new() }
            }));
            let (mut reads, mut versions) = (reads.collect::<Vec<_>>(), [0; ORDERS]);
            for read in &mut reads {
                read.read(&fixture, 0).await;
            }
            for (order, done) in writes.iter().zip(1..) {
                let (version, id) = (versions[*order], u128::try_from(*order).unwrap());
                if let Some(change) = steps().get(version) {
                    let after = u64::try_from(version).unwrap();
                    fixture.apply(id, change, after, after + 1).await;
                    versions[*order] += 1;
                }
                for read in &mut reads {
                    read.read(&fixture, done).await;
                }
            }
            for read in &reads {
                let negative = read.sums.iter().find(|(_, sums)| sums.iter().any(|sum| *sum < 0));
                prop_assert_eq!(negative, None, "{:?}", read.moments);
            }
            Ok(())
        })?;
    }
}
