//! What an order's life costs the counters, and what becomes of a failure.

use projection::Counters;
use testing::dynamodb::Fault;
use testing::kinesis;

use crate::orders::{cancelled, confirmed, created, life, shipped};
use crate::world::World;

const DAYS: (&str, &str) = ("1970-01-01", "1970-01-07");

#[tokio::test]
async fn an_opening_is_a_transaction_and_every_step_a_read_and_a_transaction() {
    let order = life(1, 2, &[created(&[("tea", 1), ("cup", 2), ("pot", 1)]), confirmed(), cancelled()]);
    let world = World::with(&order).await;
    for (commit, units) in order.iter().zip([10.0, 6.0, 12.0]) {
        world.deliver([commit]).await;
        let written = world.db.recorder().write_units();
        assert!((written - units).abs() < 0.1, "{written} units for version {}", commit.first);
        let read = if commit.first.get() == 1 { None } else { Some("GetItem".to_owned()) };
        let expected: Vec<_> = read.into_iter().chain(["TransactWriteItems".to_owned()]).collect();
        assert_eq!(world.requests(), expected);
    }
}

#[tokio::test]
async fn a_whole_life_in_one_batch_is_one_transaction() {
    let order = life(1, 2, &[created(&[("tea", 1)]), confirmed(), shipped()]);
    let world = World::with(&order).await;
    let counters = world.deliver([2, 0, 0, 1].map(|index| &order[index])).await;
    assert_eq!(
        counters,
        Counters { records: 4, streams: 1, applied: 3, duplicates: 1, ..Counters::default() }
    );
    assert_eq!(world.requests(), ["TransactWriteItems"]);
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 shipped EUR 1 100"]);
}

#[tokio::test]
async fn a_gap_is_filled_before_anything_is_counted() {
    let order = life(1, 2, &[created(&[("tea", 1)]), confirmed(), shipped()]);
    let world = World::with(&order).await;
    let counters = world.deliver([&order[2]]).await;
    assert_eq!((counters.applied, counters.gaps), (3, 1));
    assert_eq!(world.requests(), ["GetItem", "Query", "TransactWriteItems"]);
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 shipped EUR 1 100"]);
}

#[tokio::test]
async fn a_lost_answer_brings_the_batch_again_and_counts_once() {
    let order = life(1, 2, &[created(&[("tea", 1)])]);
    let world = World::with(&order).await;
    world.db.faults().script([Fault::LostAnswer]);
    let (response, _) = world.try_project(&kinesis::commits(&order)).await;
    assert_eq!(kinesis::restart(&response), Some(0));
    let counters = world.deliver(&order).await;
    assert_eq!((counters.applied, counters.duplicates), (0, 1));
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 pending EUR 1 100"]);
}
