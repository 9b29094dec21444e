//! Any deliveries with any faults publish every event, and each stream's first deliveries are in order.

use es_core::{Commit, StreamId};
use proptest::prelude::*;
use testing::dynamodb::Fault as TableFault;

use crate::world::{Fault, World, account, commits, throttled, unavailable};

fn bus_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => Just(Fault::None),
        2 => prop::collection::vec((0..4_usize, Just(throttled())), 1..3).prop_map(Fault::Entries),
        1 => Just(Fault::Request(unavailable())),
        1 => Just(Fault::LostAnswer),
    ]
}

fn table_fault() -> impl Strategy<Value = TableFault> {
    prop_oneof![
        4 => Just(TableFault::None),
        1 => Just(TableFault::NotSent),
        1 => Just(TableFault::LostAnswer),
        1 => Just(TableFault::Throttled),
    ]
}

/// The commits of two streams.
fn history() -> Vec<Commit> {
    [commits(&account(1), &[1, 3, 1, 2]), commits(&account(2), &[2, 1])].concat()
}

/// Whether `versions` begins each version only after all versions before it.
fn skips_none(versions: &[u64]) -> bool {
    let mut reached = 0;
    versions.iter().all(|version| {
        let follows = *version <= reached + 1;
        reached = reached.max(*version);
        follows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_event_is_published_and_none_before_an_earlier_one(
        batches in prop::collection::vec(prop::collection::vec(0..6_usize, 1..5), 1..6),
        on_bus in prop::collection::vec(bus_fault(), 0..8),
        on_table in prop::collection::vec(table_fault(), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let all = history();
            let world = World::with(&all).await;
            world.bus.script(on_bus);
            world.db.faults().script(on_table);
            for batch in batches {
                world.deliver(batch.iter().map(|index| &all[*index])).await;
            }
            world.bus.clear();
            world.db.faults().clear();
            assert_eq!(world.deliver(&all).await.0, None);
            assert_eq!(world.letters(), [] as [serde_json::Value; 0]);
            let published = world.bus.versions();
            let expected: [(StreamId, u64); 2] = [(account(1), 7), (account(2), 3)];
            for (stream, last) in expected {
                let mut versions = published[&stream].clone();
                assert_eq!(world.reached(&stream).await, last);
                versions.sort_unstable();
                versions.dedup();
                assert_eq!(versions, (1..=last).collect::<Vec<_>>());
            }
        });
    }

    #[test]
    fn without_partial_failures_no_event_is_published_before_an_earlier_one(
        batches in prop::collection::vec(prop::collection::vec(0..6_usize, 1..5), 1..6),
        lost in prop::collection::vec(prop_oneof![Just(Fault::None), Just(Fault::LostAnswer)], 0..4),
        on_table in prop::collection::vec(table_fault(), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let all = history();
            let world = World::with(&all).await;
            world.bus.script(lost);
            world.db.faults().script(on_table);
            for batch in batches {
                world.deliver(batch.iter().map(|index| &all[*index])).await;
            }
            for (stream, versions) in world.bus.versions() {
                assert!(skips_none(&versions), "{stream}: {versions:?}");
            }
        });
    }
}
