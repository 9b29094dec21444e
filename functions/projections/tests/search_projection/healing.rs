//! Shipments whose order's opening cannot be had.

use testing::dynamodb::Fault;
use testing::kinesis;
use uuid::Uuid;

use crate::costs::FIRST_SECOND;
use crate::orders::{confirmed, created, from_the_future, life, shipped};
use crate::world::World;

#[tokio::test]
async fn a_failed_read_of_the_opening_brings_the_batch_again() {
    for fault in [Fault::Throttled, Fault::NotSent] {
        let order = life(1, &[created(), shipped()]);
        let world = World::with(&order).await;
        world.db.faults().script([fault]);
        let batch = kinesis::commits([&order[1]]);
        let (response, counters) = world.try_project(&batch).await;
        assert_eq!((kinesis::restart(&response), counters.failed), (Some(0), 1));
        world.project(&batch).await;
        assert_eq!(world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await, ["dhl", "jjd"]);
    }
}

#[tokio::test]
async fn a_failed_write_brings_the_batch_again() {
    let order = life(1, &[created()]);
    let world = World::with(&order).await;
    world.db.faults().script([Fault::LostAnswer]);
    let batch = kinesis::commits(&order);
    let (response, _) = world.try_project(&batch).await;
    assert_eq!(kinesis::restart(&response), Some(0));
    world.project(&batch).await;
    assert_eq!(world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await, ["1", "ada", "cof", "ket", "sku"]);
}

#[tokio::test]
async fn a_shipment_of_an_order_that_was_removed_is_set_aside() {
    let order = life(1, &[created(), confirmed(), shipped()]);
    let world = World::with(&order[1..]).await;
    let counters = world.deliver([&order[2]]).await;
    assert_eq!((counters.applied, counters.poison), (0, 1));
    let letters = world.letters.take();
    assert!(letters[0]["error"].as_str().unwrap().ends_with("no commit at version 1"));
    assert_eq!(letters[0]["function"], "search-projection");
}

#[tokio::test]
async fn an_opening_from_the_future_is_set_aside_and_its_shipment_is_found() {
    let order = life(1, &[from_the_future(), confirmed(), shipped()]);
    let world = World::with(&order).await;
    let counters = world.deliver([&order[0]]).await;
    assert_eq!((counters.applied, counters.poison), (0, 1));
    let counters = world.deliver([&order[2]]).await;
    assert_eq!((counters.applied, counters.poison), (1, 0));
    assert_eq!(world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await, ["dhl", "jjd"]);
}
