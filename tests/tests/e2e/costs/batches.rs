//! Counts the write units of the views if a projection gets the commits of many orders in one batch.

use std::time::Duration;

use es_core::{Commit, StoredEvent};
use event_store::DynamoEventStore;
use event_stream::BatchResponse;
use projection::{Registered, Stores, WrittenTables};
use projections::registry;
use serde_json::json;
use shop_testing as shop;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::QueryTable;

use crate::costs::tour::PRODUCTS;

/// The orders, each with one commit in a batch.
const ORDERS: u128 = 100;

/// An order of the products that the tour orders.
fn created() -> StoredEvent {
    let item = |(product, name): (&str, &str)| json!({"product_id": product, "name": name, "quantity": 2, "unit_price_cents": 1_250});
    let data = json!({
        "user_id": "ada", "items": PRODUCTS.map(item), "total_amount_cents": 7_500, "currency": "EUR",
    });
    StoredEvent { data, ..shop::created() }
}

/// The write units of all views for one order of four commits, if each batch has one commit of each of [`ORDERS`].
pub(crate) async fn write_units_per_order() -> f64 {
    let life = [created(), shop::confirmed(), shop::shipped(), shop::delivered()];
    let orders: Vec<Vec<Commit>> =
        (1..=ORDERS).map(|order| shop::single_event_commits(&shop::order(order), &life)).collect();
    let db = LocalDynamoDb::start().await;
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    shop::append_all(&events, &orders.concat()).await;
    let timeline = kinesis::EVENT_TABLE.to_owned();
    let table = QueryTable { client: db.client(), name: db.query_table().await, timeline };
    let stores = Stores { events, tables: WrittenTables::only(table), clock: StoppedClock::shared() };
    let letters = InMemoryDeadLetters::default();
    db.recorder().clear();
    for step in 0..life.len() {
        let batch = kinesis::commits(orders.iter().map(|commits| &commits[step]));
        for registered in registry::all::<Registered<Stores<DynamoEventStore>>>() {
            let deadline = Instant::now() + Duration::from_mins(1);
            let (response, _) = (registered.connect)(&stores).project(&batch, &letters, deadline).await;
            assert_eq!(response, BatchResponse::default(), "{}", registered.name);
        }
    }
    assert!(letters.take().is_empty());
    db.recorder().write_units() / ORDERS as f64
}
