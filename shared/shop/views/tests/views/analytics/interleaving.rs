//! Tests what a read can show whose items are read at different moments between writes.

use proptest::prelude::*;
use view_store::{Consistency, CounterSums, counter_shard, counter_sums};
use views::{AnalyticsChange, COUNTER_SHARDS, DynamoAnalytics};

use super::fixture::{AnalyticsFixture, in_status, opened};

/// The number of orders: more than there are shards.
const ORDERS: usize = 20;

/// The states of an order, of which each step takes the next one.
fn steps() -> [AnalyticsChange; 4] {
    let opened = opened(2, "EUR", &[("beans", 2, 100), ("kettle", 1, 50)]);
    [opened, in_status("confirmed"), in_status("shipped"), in_status("cancelled")]
}

/// The counters of the orders and of the products of the day on which all orders are opened, with their partitions.
fn counters() -> [(String, &'static str); 3] {
    let daily = "1970-01-02#EUR";
    let products = (DynamoAnalytics::COUNTERS.further)(daily).unwrap();
    [((DynamoAnalytics::COUNTERS.first)(), daily), (products.clone(), "EUR#beans"), (products, "EUR#kettle")]
}

/// A read of one counter, each of whose shards is read at a moment of its own.
struct TornRead {
    partition: String,
    counter: &'static str,
    /// The number of writes before the read of each shard.
    moments: Vec<usize>,
    sums: CounterSums,
    /// The number of opened orders at the earliest and at the latest moment.
    opened: (i128, i128),
}

impl TornRead {
    /// Reads the shards whose moment is after `writes` writes, when `opened` orders are opened.
    async fn read(&mut self, fixture: &AnalyticsFixture, writes: usize, opened: i128) {
        for (shard, moment) in (0..).zip(&self.moments) {
            if *moment != writes {
                continue;
            }
            self.opened = (self.opened.0.min(opened), self.opened.1.max(opened));
            let key = counter_shard(&self.partition, self.counter, shard);
            let range = (key.sk.as_str(), key.sk.as_str());
            let read = counter_sums(&fixture.table, vec![key.pk], range, Consistency::Eventual, "query")
                .await
                .unwrap();
            for (counter, numbers) in read {
                let sums = self.sums.entry(counter).or_default();
                for (attribute, number) in numbers {
                    *sums.entry(attribute).or_default() += number;
                }
            }
        }
    }

    /// The number of orders in any status.
    fn orders(&self) -> i128 {
        let sums = self.sums.values().flatten().filter(|(attribute, _)| attribute.ends_with("_orders"));
        sums.map(|(_, number)| number).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_read_shows_a_negative_number_or_an_order_under_two_statuses_or_none(
        writes in prop::collection::vec(0..ORDERS, 1..60),
        moments in prop::collection::vec(prop::collection::vec(0..60_usize, usize::from(COUNTER_SHARDS)), 8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fixture = AnalyticsFixture::new().await;
            let reads = moments.iter().flat_map(|moments| counters().map(|(partition, counter)| {
                let moments = moments.iter().map(|moment| (*moment).min(writes.len())).collect();
                TornRead { partition, counter, moments, sums: CounterSums::new(), opened: (i128::MAX, 0) }
            }));
            let (mut reads, mut versions) = (reads.collect::<Vec<_>>(), [0; ORDERS]);
            for read in &mut reads {
                read.read(&fixture, 0, 0).await;
            }
            for (order, done) in writes.iter().zip(1..) {
                let (version, id) = (versions[*order], u128::try_from(*order).unwrap());
                if let Some(change) = steps().get(version) {
                    let after = u64::try_from(version).unwrap();
                    fixture.apply(id, change, after, after + 1).await;
                    versions[*order] += 1;
                }
                let opened = versions.iter().filter(|version| **version > 0).count() as i128;
                for read in &mut reads {
                    read.read(&fixture, done, opened).await;
                }
            }
            for read in &reads {
                let negative = read.sums.iter().find(|(_, sums)| sums.values().any(|sum| *sum < 0));
                prop_assert_eq!(negative, None, "{:?}", read.moments);
                if read.counter == "1970-01-02#EUR" {
                    let (least, most) = read.opened;
                    prop_assert!((least..=most).contains(&read.orders()), "{:?}: {:?}", read.opened, read.sums);
                }
            }
            Ok(())
        })?;
    }
}
