//! Tests the effect of a change on the counters, and its costs.

use es_core::{Applied, StreamVersion};
use view_store::StoredChange;
use views::{AnalyticsChange, COUNTER_SHARDS, MAX_COUNTED_PRODUCTS};

use super::fixture::{AnalyticsFixture, in_status, opened};

const BEANS_AND_KETTLE: [(&str, i64, i64); 2] = [("beans", 2, 100), ("kettle", 1, 50)];

#[tokio::test]
async fn an_order_counts_on_its_day_with_its_current_status() {
    let fixture = AnalyticsFixture::new().await;
    fixture.apply(1, &opened(2, "EUR", &BEANS_AND_KETTLE), 0, 1).await;
    fixture.apply(2, &opened(2, "EUR", &[("beans", 1, 100)]), 0, 1).await;
    fixture.apply(3, &opened(3, "JPY", &[("beans", 1, 900)]), 0, 1).await;
    assert_eq!(fixture.daily().await, ["1970-01-02 pending EUR 2 350", "1970-01-03 pending JPY 1 900"]);
    fixture.apply(1, &in_status("confirmed"), 1, 2).await;
    fixture.apply(1, &in_status("shipped"), 2, 3).await;
    assert_eq!(
        fixture.daily().await,
        ["1970-01-02 pending EUR 1 100", "1970-01-02 shipped EUR 1 250", "1970-01-03 pending JPY 1 900"]
    );
    assert_eq!(fixture.products(9).await, ["EUR beans 3 300", "EUR kettle 1 50", "JPY beans 1 900"]);
}

#[tokio::test]
async fn a_cancelled_order_counts_as_cancelled_and_sells_nothing() {
    let fixture = AnalyticsFixture::new().await;
    fixture.apply(1, &opened(2, "EUR", &BEANS_AND_KETTLE), 0, 1).await;
    fixture.apply(2, &opened(2, "EUR", &BEANS_AND_KETTLE), 0, 1).await;
    fixture.apply(1, &in_status("cancelled"), 1, 2).await;
    assert_eq!(fixture.daily().await, ["1970-01-02 cancelled EUR 1 250", "1970-01-02 pending EUR 1 250"]);
    assert_eq!(fixture.products(9).await, ["EUR beans 2 200", "EUR kettle 1 50"]);
    fixture.apply(2, &in_status("cancelled"), 1, 2).await;
    assert_eq!(fixture.daily().await, ["1970-01-02 cancelled EUR 2 500"]);
    assert_eq!(fixture.products(9).await, [""; 0]);
}

#[tokio::test]
async fn a_combined_change_counts_the_last_status() {
    let fixture = AnalyticsFixture::new().await;
    let life =
        AnalyticsChange { status: in_status("cancelled").status, ..opened(2, "EUR", &[("tea", 1, 5)]) };
    fixture.apply(1, &life, 0, 2).await;
    assert_eq!(fixture.requests(), ["TransactWriteItems"]);
    assert_eq!(
        (fixture.daily().await, fixture.products(9).await),
        (vec!["1970-01-02 cancelled EUR 1 5".into()], vec![])
    );
}

#[tokio::test]
async fn two_items_of_one_product_are_counted_together() {
    let fixture = AnalyticsFixture::new().await;
    fixture.apply(1, &opened(2, "EUR", &[("tea", 1, 5), ("tea", 2, 7)]), 0, 1).await;
    assert_eq!(fixture.products(9).await, ["EUR tea 3 19"]);
}

#[tokio::test]
async fn repeated_and_early_changes_are_not_counted() {
    let fixture = AnalyticsFixture::new().await;
    let open = opened(2, "EUR", &BEANS_AND_KETTLE);
    let checkpoint = StreamVersion::new(0);
    assert_eq!(fixture.apply(1, &in_status("shipped"), 2, 3).await, Applied::Behind { checkpoint });
    assert_eq!(fixture.apply(1, &open, 0, 1).await, Applied::Written);
    let checkpoint = StreamVersion::new(1);
    assert_eq!(fixture.apply(1, &open, 0, 1).await, Applied::Ahead { checkpoint });
    assert_eq!(fixture.apply(1, &in_status("shipped"), 2, 3).await, Applied::Behind { checkpoint });
    assert_eq!(fixture.apply(1, &in_status("confirmed"), 1, 2).await, Applied::Written);
    let checkpoint = StreamVersion::new(2);
    assert_eq!(fixture.apply(1, &in_status("confirmed"), 1, 2).await, Applied::Ahead { checkpoint });
    assert_eq!(fixture.daily().await, ["1970-01-02 confirmed EUR 1 250"]);
}

#[tokio::test]
async fn an_empty_change_moves_only_the_marker() {
    let fixture = AnalyticsFixture::new().await;
    fixture.apply(1, &AnalyticsChange::default(), 0, 1).await;
    fixture.apply(1, &in_status("confirmed"), 1, 2).await;
    assert_eq!(fixture.daily().await, [""; 0], "an order without a known opening is not counted");
    fixture.apply(2, &opened(2, "EUR", &[("tea", 1, 5)]), 0, 1).await;
    fixture.apply(2, &AnalyticsChange::default(), 1, 2).await;
    fixture.apply(2, &in_status("shipped"), 2, 3).await;
    assert_eq!(fixture.daily().await, ["1970-01-02 shipped EUR 1 5"]);
}

#[test]
fn the_counters_of_a_day_lead_to_those_of_its_products() {
    let counters = AnalyticsChange::counters().unwrap();
    assert_eq!((counters.prefix, counters.shards), ("analytics#", COUNTER_SHARDS));
    assert_eq!((counters.first)(), "analytics#daily");
    let products = (counters.further)("1970-01-02#EUR");
    assert_eq!(products.as_deref(), Some("analytics#product#1970-01-02"));
    for corrupt in ["1970-01-02", "soon#EUR"] {
        assert_eq!((counters.further)(corrupt), None, "{corrupt}");
    }
}

/// Opening an order of n products takes 4 + 2n write units. A later step takes 4 units and a read. A cancellation takes
/// 2n more units than a step.
#[tokio::test]
async fn every_item_of_a_transaction_costs_two_units() {
    let fixture = AnalyticsFixture::new().await;
    let steps = [
        (opened(2, "EUR", &BEANS_AND_KETTLE), 8.0),
        (in_status("confirmed"), 4.0),
        (in_status("cancelled"), 8.0),
    ];
    for ((change, units), after) in steps.iter().zip(0..) {
        fixture.apply(1, change, after, after + 1).await;
        let recorder = fixture.db.recorder();
        assert!((recorder.write_units() - units).abs() < 0.1, "{} units", recorder.write_units());
        let read_units = if after == 0 { 0.0 } else { 1.0 };
        assert!((recorder.read_units() - read_units).abs() < 0.1);
        assert_eq!(recorder.eventual_reads(), [""; 0]);
        let requests =
            if after == 0 { &["TransactWriteItems"][..] } else { &["BatchGetItem", "TransactWriteItems"] };
        assert_eq!(fixture.requests(), requests);
    }
}

/// The largest order of the shop is counted completely, even if each item is another product.
const _: () = assert!(domain::order::MAX_ITEMS <= MAX_COUNTED_PRODUCTS);

#[tokio::test]
async fn the_largest_order_fits_into_one_transaction_and_extra_products_are_not_counted() {
    let fixture = AnalyticsFixture::new().await;
    let products: Vec<_> = (0..=MAX_COUNTED_PRODUCTS).map(|product| format!("{product:0>128}")).collect();
    let lines: Vec<_> = products.iter().map(|product| (product.as_str(), 1, 1)).collect();
    fixture.apply(1, &opened(2, "EUR", &lines), 0, 1).await;
    assert_eq!(fixture.products(100).await.len(), MAX_COUNTED_PRODUCTS);
    fixture.requests();
    fixture.apply(1, &in_status("cancelled"), 1, 2).await;
    assert_eq!(fixture.requests(), ["BatchGetItem", "TransactWriteItems"]);
    assert_eq!(fixture.daily().await, ["1970-01-02 cancelled EUR 1 99"]);
    assert_eq!(fixture.products(100).await, [""; 0]);
}
