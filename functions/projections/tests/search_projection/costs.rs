//! What an order's life costs the index.

use testing::kinesis;
use uuid::Uuid;

use crate::orders::{confirmed, created, delivered, life, shipped};
use crate::world::World;

pub(crate) const FIRST_SECOND: &str = "1970-01-01T00:00:01.000000Z";

#[tokio::test]
async fn an_opening_is_a_write_a_shipment_a_read_and_a_write_and_all_else_nothing() {
    let order = life(1, &[created(), confirmed(), shipped(), delivered()]);
    let world = World::with(&order).await;
    let steps: [(&[&str], f64); 4] =
        [(&["BatchWriteItem"], 5.0), (&[], 0.0), (&["Query", "BatchWriteItem"], 2.0), (&[], 0.0)];
    for (commit, (requests, units)) in order.iter().zip(steps) {
        world.deliver([commit]).await;
        let written = world.db.recorder().write_units();
        assert!((written - units).abs() < 0.1, "{written} units for version {}", commit.first);
        assert_eq!(world.requests(), requests, "version {}", commit.first);
    }
    let found = world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await;
    assert_eq!(found, ["1", "ada", "cof", "dhl", "jjd", "ket", "sku"]);
}

#[tokio::test]
async fn a_whole_life_in_one_batch_is_one_write_and_no_read() {
    let order = life(1, &[created(), confirmed(), shipped(), delivered()]);
    let world = World::with(&order).await;
    let counters = world.project(&kinesis::commits([2, 0, 3, 1, 0].map(|index| &order[index]))).await;
    assert_eq!((counters.applied, counters.duplicates), (4, 1));
    assert_eq!(world.requests(), ["BatchWriteItem"]);
}
