//! Tests a rule over all projections: a lost record is found with the next commit of its stream, in every read model.

use std::collections::BTreeMap;
use std::time::Duration;

use es_core::Commit;
use event_store::DynamoEventStore;
use event_stream::BatchResponse;
use projection::{Registered, Stores, WrittenTables};
use projections::registry;
use shop_testing as shop;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::{AttributeMap, ItemKey, QueryTable};

use crate::commits::{cancelled, confirmed, created, delivered, shipped, single_event_commits};

/// Two orders and a product. Their commits include every event that puts words into the search index.
fn history() -> Vec<Commit> {
    let created = |user| created(user, &[("sku-1", Some("Coffee"), 2, 1_250), ("kettle", None, 1, 900)]);
    [
        single_event_commits(1, &[created("ada"), confirmed(), shipped(), delivered()]),
        single_event_commits(2, &[created("bob"), confirmed(), cancelled()]),
        shop::single_event_commits(&shop::product(3), &[shop::registered(), shop::discontinued()]),
    ]
    .concat()
}

/// The query table after every registered projection has processed `batches`, without the numbers of counters that are
/// 0. Such a number is stored only if an order passed through it alone.
async fn query_table_after(batches: &[Vec<Commit>]) -> BTreeMap<ItemKey, AttributeMap> {
    let db = LocalDynamoDb::start().await;
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    shop::append_all(&events, &history()).await;
    let name = db.query_table().await;
    let timeline = kinesis::EVENT_TABLE.to_owned();
    let table = QueryTable { client: db.client(), name: name.clone(), timeline };
    let stores = Stores { events, tables: WrittenTables::only(table), clock: StoppedClock::shared() };
    let letters = InMemoryDeadLetters::default();
    for registered in registry::all::<Registered<Stores<DynamoEventStore>>>() {
        let projection = (registered.connect)(&stores);
        for batch in batches {
            let deadline = Instant::now() + Duration::from_mins(1);
            let (response, _) = projection.project(&kinesis::commits(batch), &letters, deadline).await;
            assert_eq!(response, BatchResponse::default(), "{}", registered.name);
        }
    }
    assert!(letters.take().is_empty());
    let scan = db.client().scan().table_name(name).send().await.unwrap();
    let items = scan.items.unwrap().into_iter().map(without_zeros).filter(|item| item.len() > 2);
    items.map(|item| (ItemKey::from_item(&item).unwrap(), item)).collect()
}

/// `item` without numbers of 0, if it is a counter. Only its key may be left.
fn without_zeros(mut item: AttributeMap) -> AttributeMap {
    if item["pk"].as_s().unwrap().starts_with("analytics#") {
        item.retain(|_, value| value.as_n().ok().is_none_or(|number| number != "0"));
    }
    item
}

#[tokio::test]
async fn a_lost_record_is_found_with_the_next_commit_of_its_stream() {
    let history = history();
    let complete = query_table_after(std::slice::from_ref(&history)).await;
    for (index, lost) in history.iter().enumerate() {
        let mut delivered = history.clone();
        delivered.remove(index);
        if !delivered.iter().any(|commit| commit.stream == lost.stream && commit.first > lost.first) {
            continue;
        }
        let one_by_one: Vec<_> = delivered.iter().map(|commit| vec![commit.clone()]).collect();
        for batches in [vec![delivered], one_by_one] {
            let found = query_table_after(&batches).await;
            let (lost, number) = (format!("{} at {}", lost.stream, lost.first), batches.len());
            assert_eq!(found, complete, "without {lost}, in {number} batches");
        }
    }
}
