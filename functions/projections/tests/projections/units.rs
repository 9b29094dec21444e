//! Counts the write units of a commit in the views of all projections. The limit of a rebuild's speed derives from them.

use std::time::Duration;

use es_core::{Commit, StoredEvent};
use event_store::DynamoEventStore;
use event_stream::BatchResponse;
use projection::{Registered, Stores, WrittenTables};
use projections::registry;
use shop_testing as shop;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::QueryTable;

use crate::commits::{cancelled, confirmed, created, delivered, shipped, single_event_commits};

/// Six products, each with three words of its own. Together with the user's one word, they give an order 19 postings.
const PRODUCTS: [(&str, Option<&str>, i64, i64); 6] = [
    ("tea-green", Some("Sencha"), 1, 900),
    ("cup-white", Some("Porcelain"), 2, 1_200),
    ("pot-iron", Some("Kyusu"), 1, 5_900),
    ("jar-large", Some("Storage"), 1, 1_500),
    ("mug-blue", Some("Enamel"), 4, 800),
    ("box-small", Some("Gift"), 1, 300),
];

/// The opening event of an order of the first `number` of [`PRODUCTS`].
fn opening(number: usize) -> StoredEvent {
    created("ada", &PRODUCTS[..number])
}

/// The write units of each of the single-event commits of `events`.
async fn write_units(events: &[StoredEvent]) -> Vec<String> {
    let commits = single_event_commits(1, events);
    let db = LocalDynamoDb::start().await;
    let (event_table, query_table) = (db.event_table().await, db.query_table().await);
    let store = DynamoEventStore::new(db.client(), &event_table);
    shop::append_all(&store, &commits).await;
    let timeline = kinesis::EVENT_TABLE.to_owned();
    let table = QueryTable { client: db.client(), name: query_table, timeline };
    let stores = Stores { events: store, tables: WrittenTables::only(table), clock: StoppedClock::shared() };
    let mut units = Vec::new();
    for commit in &commits {
        db.recorder().clear();
        project(commit, &stores).await;
        units.push(db.recorder().write_units().to_string());
    }
    units
}

/// Lets every registered projection process `commit`.
async fn project(commit: &Commit, stores: &Stores<DynamoEventStore>) {
    let letters = InMemoryDeadLetters::default();
    for registered in registry::all::<Registered<Stores<DynamoEventStore>>>() {
        let deadline = Instant::now() + Duration::from_mins(1);
        let projection = (registered.connect)(stores);
        let (response, _) = projection.project(&kinesis::commits([commit]), &letters, deadline).await;
        assert_eq!(response, BatchResponse::default(), "{}", registered.name);
    }
    assert!(letters.take().is_empty());
}

/// The comment of the parameter `RebuildCommitsPerSecond` and decision 80 have these sums.
#[tokio::test]
async fn an_opening_takes_ten_units_and_five_for_each_product() {
    for number in 1..=PRODUCTS.len() {
        assert_eq!(
            write_units(&[opening(number)]).await,
            [(10 + 5 * number).to_string()],
            "{number} products"
        );
    }
}

#[tokio::test]
async fn a_later_step_takes_ten_units_or_more() {
    let steps = write_units(&[opening(3), confirmed(), shipped(), delivered()]).await;
    assert_eq!(steps, ["25", "10", "12", "10"], "a shipment adds two words");
    let cancellation = write_units(&[opening(3), confirmed(), cancelled()]).await;
    assert_eq!(cancellation, ["25", "10", "16"], "a cancellation changes the counters of three products");
}

/// The check of the template multiplies the rate of a rebuild by this number.
#[tokio::test]
async fn the_check_of_the_template_counts_the_units_of_an_opening_of_six_products() {
    let check = include_str!("../../../../tests/template/deployment.py");
    let number = check.lines().find_map(|line| line.strip_prefix("UNITS_OF_A_COMMIT = "));
    assert_eq!(write_units(&[opening(6)]).await, [number.unwrap()]);
}
