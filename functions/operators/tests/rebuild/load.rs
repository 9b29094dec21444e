//! Tests a comparison while both generations are written, one after the other.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use operators::rebuild::{CompareReport, CompareState};
use shop_testing::order;
use view_store::{Difference, ItemKey, counter_shard};

use crate::world::World;

/// The name of the order counter of `currency`.
fn counter(currency: &str) -> String {
    format!("1970-01-01#{currency}")
}

async fn set(world: &World, table: &str, key: &ItemKey, name: &str, number: i64) {
    let value = AttributeValue::N(number.to_string());
    world.db.set(table, (&key.pk, AttributeValue::S(key.sk.clone())), name, value).await;
}

/// Sets both numbers of a counter's shard.
async fn count(world: &World, table: &str, currency: &str, number: i64) {
    let shard = counter_shard("analytics#daily", &counter(currency), 3);
    for name in ["pending_orders", "pending_revenue_cents"] {
        set(world, table, &shard, name, number).await;
    }
}

/// Compares the generations while two counters and two views change in turns. A change reaches the live generation
/// first. The next counter or view changes before the change reaches the built generation, so at every moment one
/// counter and one view differ.
async fn compare_under_load(world: &World, built: &str) -> CompareReport {
    let currencies = ["first", "second"];
    let views = [1, 2].map(|number| ItemKey::new(format!("order#{}", order(number).uuid()), "view"));
    let change = async |table: &str, turn: usize, number| {
        count(world, table, currencies[turn % 2], number).await;
        set(world, table, &views[turn % 2], "written", number).await;
    };
    let writer = async {
        let mut number = 1;
        change(&world.live, 0, number).await;
        for turn in 0.. {
            change(&world.live, turn + 1, number + 1).await;
            change(built, turn, number).await;
            number += 1;
            let looks = world.db.recorder().count("BatchGetItem");
            while world.db.recorder().count("BatchGetItem") < looks + 2 {
                tokio::task::yield_now().await;
            }
        }
    };
    for table in [&world.live, built] {
        for turn in [0, 1] {
            change(table, turn, 0).await;
        }
    }
    tokio::select! {
        biased;
        report = Box::pin(world.compare(built)) => report,
        () = writer => panic!("the writer never ends"),
    }
}

#[tokio::test]
async fn generations_that_are_equal_one_counter_at_a_time_are_equal() {
    let (world, built) = World::with_table().await;
    world.build(&built).await;
    let report = Box::pin(compare_under_load(&world, &built)).await;
    assert_eq!((report.state, report.differences), (CompareState::Equal, Vec::new()));
}

#[tokio::test]
async fn a_wrong_counter_and_a_wrong_view_are_found_under_the_same_load() {
    let (world, built) = World::with_table().await;
    world.build(&built).await;
    count(&world, &built, "wrong", 1).await;
    let wrong = ItemKey::new(format!("order#{}", order(3).uuid()), "view");
    set(&world, &built, &wrong, "wrong", 1).await;
    let report = Box::pin(compare_under_load(&world, &built)).await;
    let counter = ItemKey::new("analytics#daily", counter("wrong"));
    let expected = [
        Difference::Attributes { key: wrong, attributes: BTreeSet::from(["wrong".to_owned()]) },
        Difference::MissingInOther(counter),
    ];
    assert_eq!(
        (report.state, report.different, &report.differences[..]),
        (CompareState::Different, 2, &expected[..])
    );
}
