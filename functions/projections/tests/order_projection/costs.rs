//! What a batch takes when nothing is out of order: one write a stream, and no read.

use projection::Counters;

use crate::orders::{cancelled, confirmed, created, delivered, life, shipped};
use crate::world::World;

#[tokio::test]
async fn a_batch_is_one_write_for_each_stream_in_it_and_no_read() {
    let orders: Vec<_> = (1..=5).map(|order| life(order, &[created(), confirmed(), shipped()])).collect();
    let world = World::new().await;
    let counters = world.deliver(orders.iter().flatten()).await;
    assert_eq!(world.requests(), ["UpdateItem"; 5]);
    assert_eq!(counters, Counters { records: 15, streams: 5, applied: 15, ..Counters::default() });
    for order in 1..=5 {
        assert_eq!(world.stands(order).await, "shipped 3");
    }
}

#[tokio::test]
async fn disorder_and_repetition_within_a_batch_cost_nothing() {
    let order = life(1, &[created(), confirmed(), shipped(), delivered()]);
    let world = World::new().await;
    let counters = world.deliver([2, 0, 0, 3, 1, 1].map(|index| &order[index])).await;
    assert_eq!(world.requests(), ["UpdateItem"]);
    assert_eq!((counters.applied, counters.duplicates, counters.gaps), (4, 2, 0));
    assert_eq!(world.stands(1).await, "delivered 4");
}

/// An order of three items: the view is under 1 KB, so each write takes a unit in the table and one in each index
/// entry that it puts or removes.
#[tokio::test]
async fn opening_an_order_takes_three_write_units_and_every_step_four() {
    let order = life(1, &[created(), confirmed(), cancelled()]);
    let world = World::new().await;
    for (commit, units) in order.iter().zip([3.0, 4.0, 4.0]) {
        world.deliver([commit]).await;
        assert!((world.db.recorder().write_units() - units).abs() < f64::EPSILON);
        assert_eq!(world.requests(), ["UpdateItem"]);
    }
}

#[tokio::test]
async fn a_batch_that_comes_again_is_one_refused_write_a_stream() {
    let order = life(1, &[created(), confirmed()]);
    let world = World::new().await;
    world.deliver(&order).await;
    world.requests();
    let counters = world.deliver(&order).await;
    assert_eq!(world.requests(), ["UpdateItem"]);
    assert_eq!((counters.applied, counters.duplicates), (0, 2));
}
