//! Tests the search projection: the indexed words of an order, the requests and units that it costs, and shipments of
//! orders whose opening event is missing or unreadable.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::StoredEvent;
use projection::Counters;
use projections::SearchProjection;
use proptest::prelude::*;
use testing::dynamodb::Fault;
use testing::kinesis;
use uuid::{Uuid, uuid};

use crate::commits::{self, confirmed, delivered, shipped, single_event_commits};
use crate::world::{batches, counters, run, samples};

type World = crate::world::World<SearchProjection>;

const FIRST_SECOND: &str = "1970-01-01T00:00:01.000000Z";

/// The prefixes of the words in [`created`].
const OPENED: [&str; 5] = ["1", "ada", "cof", "ket", "sku"];

/// The opening event of an order of the user `ada`, for one product with a name and one without.
fn created() -> StoredEvent {
    commits::created("ada", &[("sku-1", Some("Coffee"), 2, 1_250), ("kettle", None, 2, 1_250)])
}

/// A known event with a schema that only a later version of the service knows.
fn from_the_future() -> StoredEvent {
    StoredEvent { schema: 99, ..created() }
}

impl World {
    /// The indexed prefixes of `order`, sorted. Checks that every posting has the time of the order's opening.
    async fn prefixes(&self, order: Uuid, opened_at: &str) -> Vec<String> {
        let scan = self.db.client().scan().table_name(&self.query_table).send().await.unwrap();
        let text = |item: &HashMap<_, _>, name: &str| {
            let value: &AttributeValue = &item[name];
            value.as_s().unwrap().clone()
        };
        let here = format!("{opened_at}#{order}");
        let of_order = scan.items().iter().filter(|item| text(item, "sk").contains(&order.to_string()));
        let found: BTreeSet<_> = of_order
            .map(|item| {
                assert_eq!(text(item, "sk").trim_end_matches("#shipment"), here);
                text(item, "pk").strip_prefix("word#").unwrap().to_owned()
            })
            .collect();
        found.into_iter().collect()
    }
}

#[tokio::test]
async fn every_sample_gives_the_expected_view() {
    const ADA: Uuid = uuid!("6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f");
    let opened = &["100", "1kg", "ada", "bea", "cof", "esp", "fil", "for", "goo", "ket", "pap", "use"][..];
    let shipped = &[
        "003", "100", "1kg", "ada", "bea", "cof", "dhl", "esp", "fil", "for", "goo", "ket", "pap", "use",
    ][..];
    for (name, batch) in samples::<SearchProjection>() {
        let (expected, prefixes) = match name.as_str() {
            "opened" => (counters(1, 1, 1), opened),
            "full-life" => (counters(3, 1, 3), shipped),
            "duplicate-opening" => (Counters { duplicates: 1, ..counters(2, 1, 1) }, opened),
            "poison" => (Counters { poison: 1, ..counters(2, 1, 1) }, opened),
            _ => panic!("{name} has no expectation"),
        };
        let world = World::new().await;
        assert_eq!(world.project(&batch).await, expected, "{name}");
        assert_eq!(world.prefixes(ADA, "2026-10-26T07:33:20.100000Z").await, prefixes, "{name}");
    }
}

/// The write and read units of each step. An opening and a shipment also write their postings and read the checkpoint.
#[tokio::test]
async fn every_step_moves_the_checkpoint_and_only_words_cost_postings() {
    const WITH_WORDS: &[&str] = &["BatchGetItem", "BatchWriteItem", "UpdateItem"];
    let order = single_event_commits(1, &[created(), confirmed(), shipped(), delivered()]);
    let world = World::with(&order).await;
    let steps: [(&[&str], f64, f64); 4] = [
        (WITH_WORDS, 6.0, 1.0),
        (&["UpdateItem"], 1.0, 0.0),
        (WITH_WORDS, 3.0, 1.0),
        (&["UpdateItem"], 1.0, 0.0),
    ];
    for (commit, (requests, units, read_units)) in order.iter().zip(steps) {
        world.deliver([commit]).await;
        world.assert_units(units, &format!("version {}", commit.first));
        let read = world.db.recorder().read_units();
        assert!((read - read_units).abs() < 0.1, "{read} read units for version {}", commit.first);
        assert_eq!(world.requests(), requests, "version {}", commit.first);
    }
    let found = world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await;
    assert_eq!(found, ["1", "ada", "cof", "dhl", "jjd", "ket", "sku"]);
}

#[tokio::test]
async fn repeated_records_write_no_postings() {
    let order = single_event_commits(1, &[created(), confirmed(), shipped(), delivered()]);
    let world = World::with(&order).await;
    world.deliver(&order).await;
    world.requests();
    assert_eq!(world.deliver(&order).await.duplicates, 4);
    assert_eq!(world.requests(), ["BatchGetItem"], "the whole batch again");
    for (commit, request) in order.iter().zip(["BatchGetItem", "UpdateItem", "BatchGetItem", "UpdateItem"]) {
        assert_eq!(world.deliver([commit]).await.duplicates, 1);
        assert_eq!(world.requests(), [request], "version {} again", commit.first);
    }
}

#[tokio::test]
async fn a_batch_with_a_whole_order_writes_once() {
    let order = single_event_commits(1, &[created(), confirmed(), shipped(), delivered()]);
    let world = World::with(&order).await;
    let counters = world.project(&kinesis::commits([2, 0, 3, 1, 0].map(|index| &order[index]))).await;
    assert_eq!((counters.applied, counters.duplicates), (4, 1));
    assert_eq!(world.requests(), ["BatchGetItem", "BatchWriteItem", "UpdateItem"]);
}

#[tokio::test]
async fn a_failed_read_of_the_checkpoint_fails_the_batch() {
    for fault in [Fault::Throttled, Fault::NotSent] {
        let order = single_event_commits(1, &[created()]);
        let world = World::with(&order).await;
        world.db.faults().script([fault]);
        let batch = kinesis::commits(&order);
        let (response, counters) = world.try_project(&batch).await;
        assert_eq!((kinesis::restart(&response), counters.failed), (Some(0), 1));
        assert_eq!(world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await, [""; 0]);
        world.project(&batch).await;
        assert_eq!(world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await, OPENED);
    }
}

/// The postings are written before the checkpoint, so an interrupted write leaves the checkpoint behind.
#[tokio::test]
async fn an_interrupted_write_is_repeated_as_a_whole() {
    let second = [Fault::None, Fault::LostAnswer];
    let third = [Fault::None, Fault::None, Fault::NotSent];
    for (faults, again) in [(&second[..], "the postings"), (&third, "the checkpoint")] {
        let order = single_event_commits(1, &[created()]);
        let world = World::with(&order).await;
        world.db.faults().script(faults.to_vec());
        let batch = kinesis::commits(&order);
        let (response, _) = world.try_project(&batch).await;
        assert_eq!(kinesis::restart(&response), Some(0), "{again}");
        world.requests();
        assert_eq!(world.project(&batch).await.applied, 1, "{again}");
        assert_eq!(world.requests(), ["BatchGetItem", "BatchWriteItem", "UpdateItem"], "{again}");
        assert_eq!(world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await, OPENED);
    }
}

/// The write of the checkpoint took place, but its response was lost. The repeated batch finds it done.
#[tokio::test]
async fn a_lost_response_to_the_checkpoint_is_a_duplicate_later() {
    let order = single_event_commits(1, &[created()]);
    let world = World::with(&order).await;
    world.db.faults().script([Fault::None, Fault::None, Fault::LostAnswer]);
    let batch = kinesis::commits(&order);
    assert_eq!(kinesis::restart(&world.try_project(&batch).await.0), Some(0));
    assert_eq!(world.project(&batch).await.duplicates, 1);
    assert_eq!(world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await, OPENED);
}

#[tokio::test]
async fn a_shipment_of_an_order_without_an_opening_becomes_a_dead_letter() {
    let order = single_event_commits(1, &[created(), confirmed(), shipped()]);
    let world = World::with(&order[1..]).await;
    let counters = world.deliver([&order[2]]).await;
    assert_eq!((counters.applied, counters.poison), (0, 1));
    assert!(world.one_letter().ends_with("no commit at version 1"));
}

/// The order has no view either, so a search could not return it.
#[tokio::test]
async fn an_unreadable_opening_holds_the_shipment_back() {
    let order = single_event_commits(1, &[from_the_future(), confirmed(), shipped()]);
    let world = World::with(&order).await;
    for commit in [&order[0], &order[2]] {
        let counters = world.deliver([commit]).await;
        assert_eq!((counters.applied, counters.poison), (0, 1));
        assert!(world.one_letter().contains("the event at version 1 cannot be read"));
    }
    assert_eq!(world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await, [""; 0]);
}

#[tokio::test]
async fn a_shipment_without_an_opening_gets_no_posting() {
    let order = single_event_commits(1, &[confirmed(), shipped()]);
    let world = World::with(&order).await;
    assert_eq!(world.deliver(&order).await.applied, 2);
    assert_eq!(world.requests(), ["BatchGetItem", "UpdateItem"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_delivery_gives_the_same_index(batches in batches(4), at_once in any::<bool>()) {
        let found = run(async {
            let order = single_event_commits(1, &[created(), confirmed(), shipped(), delivered()]);
            let world = World::with(&order).await;
            world.deliver_batches(&order, &batches, at_once).await;
            world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await
        });
        prop_assert_eq!(found, ["1", "ada", "cof", "dhl", "jjd", "ket", "sku"]);
    }
}
