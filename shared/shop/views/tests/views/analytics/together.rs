//! Tests the changes of many orders in one call: they count as one by one, with few requests.

use es_core::{Applied, StreamVersion, WriteError};
use proptest::prelude::*;
use testing::dynamodb::Fault;
use testing::recorded_values;
use views::{AnalyticsChange, COUNTER_SHARDS};

use super::fixture::{AnalyticsFixture, in_status, opened};
use super::refusals::cancelled;
use crate::support::{self, OrderChange, stream};

type Change = OrderChange<AnalyticsChange>;

/// The result of each of `changes` that are applied in one call; `None` without a result.
async fn apply_all(
    fixture: &AnalyticsFixture,
    changes: &[Change],
) -> Vec<Option<Result<Applied, WriteError>>> {
    support::apply_all(&fixture.analytics, changes).await
}

fn all_written(results: &[Option<Result<Applied, WriteError>>]) -> bool {
    results.iter().all(|result| matches!(result, Some(Ok(Applied::Written))))
}

/// Orders of one shard, so that all of them are in one transaction.
fn orders_of_one_shard(number: usize) -> Vec<u128> {
    use sha2::Digest as _;
    let shard = |order: &u128| sha2::Sha256::digest(stream(*order).uuid().as_bytes())[0] % COUNTER_SHARDS;
    (1..1_000).filter(|order| shard(order) == 0).take(number).collect()
}

/// The openings of `orders`, each with the products `beans` and `kettle`.
fn openings(orders: &[u128]) -> Vec<Change> {
    let opened = opened(2, "EUR", &[("beans", 2, 100), ("kettle", 1, 50)]);
    orders.iter().map(|order| (*order, opened.clone(), 0, 1)).collect()
}

fn steps(orders: &[u128], status: &str, after: u64) -> Vec<Change> {
    orders.iter().map(|order| (*order, in_status(status), after, after + 1)).collect()
}

/// The daily totals and the products.
async fn totals(fixture: &AnalyticsFixture) -> (Vec<String>, Vec<String>) {
    (fixture.daily().await, fixture.products(100).await)
}

#[tokio::test]
async fn every_item_of_a_shared_transaction_costs_two_units() {
    let fixture = AnalyticsFixture::new().await;
    let orders = orders_of_one_shard(20);
    assert!(all_written(&apply_all(&fixture, &openings(&orders)).await));
    let units = fixture.db.recorder().write_units();
    assert!((units - 46.0).abs() < 0.1, "20 markers and 3 counters: {units}");
    fixture.requests();
    assert!(all_written(&apply_all(&fixture, &steps(&orders, "confirmed", 1)).await));
    let units = fixture.db.recorder().write_units();
    assert!((units - 42.0).abs() < 0.1, "20 markers and 1 counter: {units}");
}

#[tokio::test]
async fn the_orders_of_a_shard_share_one_transaction_and_its_counters() {
    let fixture = AnalyticsFixture::new().await;
    let orders = orders_of_one_shard(20);
    assert!(all_written(&apply_all(&fixture, &openings(&orders)).await));
    assert_eq!(fixture.requests(), ["TransactWriteItems"]);
    assert!(all_written(&apply_all(&fixture, &steps(&orders, "confirmed", 1)).await));
    let units = fixture.db.recorder().read_units();
    assert!((units - 20.0).abs() < 0.1, "20 markers: {units}");
    assert_eq!(fixture.requests(), ["BatchGetItem", "TransactWriteItems"]);
    let expected =
        (vec!["1970-01-02 confirmed EUR 20 5000"], vec!["EUR beans 40 4000", "EUR kettle 20 1000"]);
    assert_eq!(totals(&fixture).await, (strings(&expected.0), strings(&expected.1)));
}

fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[tokio::test]
async fn orders_that_do_not_fit_into_one_transaction_are_counted_in_several_and_once() {
    let fixture = AnalyticsFixture::new().await;
    let orders = orders_of_one_shard(5);
    let changes = orders.iter().enumerate().map(|(place, order)| {
        let products: Vec<_> = (0..40).map(|product| format!("{}-{product:02}", place % 3)).collect();
        let lines: Vec<_> = products.iter().map(|product| (product.as_str(), 1, 10)).collect();
        (*order, opened(2, "EUR", &lines), 0, 1)
    });
    let changes: Vec<_> = changes.collect();
    assert!(all_written(&apply_all(&fixture, &changes).await));
    let requests = fixture.requests();
    assert!((2..5).contains(&requests.len()), "{requests:?}");
    assert_eq!(fixture.daily().await, ["1970-01-02 pending EUR 5 2000"]);
    let alone = AnalyticsFixture::new().await;
    for (order, change, after, to) in &changes {
        alone.apply(*order, change, *after, *to).await;
    }
    assert_eq!(fixture.products(100).await, alone.products(100).await);
}

/// A transaction has the markers of its orders, the counter of the day and the counters of the products.
#[tokio::test]
async fn a_transaction_has_up_to_a_hundred_actions() {
    for (orders, products) in [(99, 0), (50, 49)] {
        let products: Vec<_> = (0..products).map(|product| format!("p-{product:02}")).collect();
        let lines: Vec<_> = products.iter().map(|product| (product.as_str(), 1, 1)).collect();
        for (orders, transactions) in [(orders, 1), (orders + 1, 2)] {
            let fixture = AnalyticsFixture::new().await;
            let opened = opened(2, "EUR", &lines);
            let changes = orders_of_one_shard(orders).into_iter().map(|order| (order, opened.clone(), 0, 1));
            assert!(all_written(&apply_all(&fixture, &changes.collect::<Vec<_>>()).await));
            assert_eq!(fixture.requests(), vec!["TransactWriteItems"; transactions], "{orders} orders");
            let revenue = orders * lines.len();
            assert_eq!(fixture.daily().await, [format!("1970-01-02 pending EUR {orders} {revenue}")]);
        }
    }
}

/// A marker counts with the size of its attributes. A transaction also has 4 KB for the keys of each marker, and 4 KB for
/// the only counter.
#[tokio::test]
async fn a_transaction_has_up_to_four_megabytes() {
    const KB: usize = 1_024;
    /// The size of the attributes of a marker, without its product's id.
    const MARKER: usize = 85;
    let orders = orders_of_one_shard(11);
    let free = 4 * KB * KB - 4 * KB - orders.len() * (MARKER + 4 * KB);
    for (bytes, transactions) in [(free, 1), (free + 1, 2)] {
        let fixture = AnalyticsFixture::new().await;
        let opening = |product: &str| AnalyticsChange {
            status: in_status("cancelled").status,
            ..opened(2, "EUR", &[(product, 1, 1)])
        };
        let mut left = bytes;
        let changes = orders.iter().enumerate().map(|(place, order)| {
            let product = "p".repeat(left / (orders.len() - place));
            left -= product.len();
            (*order, opening(&product), 0, 1)
        });
        assert!(all_written(&apply_all(&fixture, &changes.collect::<Vec<_>>()).await));
        assert_eq!(fixture.requests(), vec!["TransactWriteItems"; transactions], "{bytes} bytes of products");
        assert_eq!(fixture.daily().await, ["1970-01-02 cancelled EUR 11 11"]);
    }
}

#[tokio::test]
async fn the_span_of_a_transaction_names_its_only_order() {
    let fixture = AnalyticsFixture::new().await;
    let orders = orders_of_one_shard(3);
    let first = stream(orders[0]).to_string();
    let fields = ["cqrs.aggregate_id", "cqrs.aggregate_version", "db.operation.batch.size"];
    let expected =
        [(&orders[..1], [Some(first.as_str()), Some("1"), None]), (&orders[1..], [None, None, Some("2")])];
    for (orders, expected) in expected {
        let changes = openings(orders);
        let (results, values) = recorded_values(|| apply_all(&fixture, &changes)).await;
        assert!(all_written(&results));
        let of_count = |field: &str| {
            let mut values = values.iter().filter(|value| value.span == "read_store.count");
            values.find(|value| value.field == field).map(|value| value.value.as_str())
        };
        assert_eq!(fields.map(of_count), expected);
    }
}

#[tokio::test]
async fn an_order_whose_marker_has_moved_is_taken_out_and_says_where_it_is() {
    let fixture = AnalyticsFixture::new().await;
    let orders = orders_of_one_shard(4);
    apply_all(&fixture, &openings(&orders[1..2])).await;
    fixture.requests();
    let results = apply_all(&fixture, &openings(&orders)).await;
    let checkpoint = StreamVersion::new(1);
    for (index, result) in results.into_iter().enumerate() {
        let expected = if index == 1 { Applied::Ahead { checkpoint } } else { Applied::Written };
        assert_eq!(result.unwrap().unwrap(), expected, "{index}");
    }
    assert_eq!(fixture.requests(), ["TransactWriteItems", "TransactWriteItems", "BatchGetItem"]);
    assert_eq!(fixture.daily().await, ["1970-01-02 pending EUR 4 1000"]);
    fixture.requests();

    let results = apply_all(&fixture, &steps(&orders, "shipped", 2)).await;
    assert!(results.into_iter().all(|result| result.unwrap().unwrap() == Applied::Behind { checkpoint }));
    assert_eq!(fixture.requests(), ["BatchGetItem"]);
}

#[tokio::test]
async fn a_conflict_is_retried_and_gives_up_after_ten_attempts_for_every_order() {
    let fixture = AnalyticsFixture::new().await;
    let orders = orders_of_one_shard(3);
    fixture.db.faults().script(vec![cancelled(&["None", "None", "None", "TransactionConflict"]); 9]);
    assert!(all_written(&apply_all(&fixture, &openings(&orders)).await));
    assert_eq!(fixture.requests(), ["TransactWriteItems"; 10]);
    fixture.db.faults().script([Fault::None]);
    fixture.db.faults().script(vec![cancelled(&["None", "None", "None", "TransactionConflict"]); 10]);
    let results = apply_all(&fixture, &steps(&orders, "confirmed", 1)).await;
    assert!(
        results.iter().all(|result| matches!(result, Some(Err(WriteError::Throttled(_))))),
        "{results:?}"
    );
    assert_eq!(fixture.daily().await, ["1970-01-02 pending EUR 3 750"]);
}

#[tokio::test]
async fn the_orders_of_a_transaction_that_fails_for_another_reason_have_no_result() {
    let fixture = AnalyticsFixture::new().await;
    let orders = orders_of_one_shard(3);
    for fault in [cancelled(&["None", "ValidationError"]), Fault::LostAnswer] {
        fixture.db.faults().script([fault]);
        let results = apply_all(&fixture, &openings(&orders)).await;
        assert!(results.iter().all(Option::is_none), "{results:?}");
    }
    for (order, change, after, to) in openings(&orders) {
        let checkpoint = StreamVersion::new(1);
        assert_eq!(fixture.apply(order, &change, after, to).await, Applied::Ahead { checkpoint });
    }
    assert_eq!(fixture.daily().await, ["1970-01-02 pending EUR 3 750"], "the lost answer was a success");
    fixture.db.faults().script([Fault::Throttled]);
    let results = apply_all(&fixture, &steps(&orders, "confirmed", 1)).await;
    assert!(
        results.iter().all(|result| matches!(result, Some(Err(WriteError::Throttled(_))))),
        "{results:?}"
    );
}

#[tokio::test]
async fn an_order_that_dynamodb_cannot_store_fails_alone() {
    let fixture = AnalyticsFixture::new().await;
    let orders = orders_of_one_shard(3);
    let mut changes = openings(&orders);
    changes[1].1 = opened(2, "EUR", &[(&"p".repeat(1_019), 1, 1)]);
    let results = apply_all(&fixture, &changes).await;
    assert!(matches!(results[1], Some(Err(WriteError::Unwritable(_)))));
    assert!(all_written(&results[..1]) && all_written(&results[2..]));
    assert_eq!(fixture.daily().await, ["1970-01-02 pending EUR 2 500"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Changes of random orders in random batches, some of them too early or repeated, count as one by one.
    #[test]
    fn any_batches_count_as_one_by_one(
        batches in prop::collection::vec(prop::collection::btree_map(0..12_u128, (0..5_u64, 1..3_u64), 1..12), 1..8),
    ) {
        const STATUSES: [&str; 4] = ["confirmed", "shipped", "delivered", "cancelled"];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (together, alone) = (AnalyticsFixture::new().await, AnalyticsFixture::new().await);
            for batch in batches {
                let change = |(order, (after, events)): (u128, (u64, u64))| {
                    let to = after + events;
                    let status = in_status(STATUSES[usize::try_from(to).unwrap() % STATUSES.len()]);
                    let currency = if order % 3 == 0 { "JPY" } else { "EUR" };
                    let product = format!("p-{}", order % 4);
                    let change = match (after, to) {
                        (0, 1) => opened(2, currency, &[(&product, 2, 100)]),
                        (0, _) => AnalyticsChange {
                            status: status.status,
                            ..opened(2, currency, &[(&product, 2, 100)])
                        },
                        _ => status,
                    };
                    (order, change, after, to)
                };
                let changes: Vec<Change> = batch.into_iter().map(change).collect();
                let results = apply_all(&together, &changes).await;
                for ((order, change, after, to), result) in changes.iter().zip(results) {
                    let expected = alone.apply(*order, change, *after, *to).await;
                    prop_assert_eq!(result.unwrap().unwrap(), expected, "{} {} {}", order, after, to);
                }
                prop_assert_eq!(totals(&together).await, totals(&alone).await);
            }
            Ok(())
        })?;
    }
}
