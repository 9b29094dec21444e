//! Tests the histories of orders: their items, their pages and their costs.

use std::ops::RangeInclusive;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Applied, StreamVersion, ViewWriter, WriteError};
use proptest::prelude::*;
use serde_json::json;
use testing::dynamodb::Fault;
use uuid::Uuid;
use view_store::CursorError;
use views::{DynamoHistories, HistoryChange, HistoryCursor, HistoryEvent};

use crate::support::{Table, at, limit, stream};

const ORDER: u128 = 7;

fn event(version: u64) -> HistoryEvent {
    HistoryEvent {
        version: StreamVersion::new(version),
        id: Uuid::from_u128(version.into()),
        event_type: "OrderConfirmed".to_owned(),
        data: json!({"note": "急須"}),
        at: at(1),
        traceparent: None,
        correlation_id: "correlation".to_owned(),
        causation_id: "request".to_owned(),
    }
}

struct World {
    table: Table,
    histories: DynamoHistories,
}

impl World {
    async fn new() -> Self {
        let table = Table::new().await;
        let histories = DynamoHistories::new(table.db.client(), &table.name);
        Self { table, histories }
    }

    /// Adds events with the given versions.
    async fn add(&self, versions: RangeInclusive<u64>) -> Result<Applied, WriteError> {
        let (first, last) = versions.clone().into_inner();
        let user_id = (first == 1).then(|| "user-1".to_owned());
        let change = HistoryChange { user_id, events: versions.map(event).collect() };
        let (after, to) = (StreamVersion::new(first - 1), StreamVersion::new(last));
        self.histories.apply(&stream(ORDER), &change, after, to).await
    }

    /// Reads the whole history in pages of at most `most` events. Returns the versions in each page.
    async fn pages(&self, most: u8) -> Vec<Vec<u64>> {
        let (mut pages, mut cursor) = (Vec::new(), None::<HistoryCursor>);
        while let Some(page) = self.histories.page(Uuid::from_u128(ORDER), limit(most), cursor).await.unwrap()
        {
            assert_eq!(page.user_id.as_deref(), Some("user-1"));
            pages.push(page.events.iter().map(|event| event.version.get()).collect());
            let Some(next) = page.next else { break };
            // Convert the cursor to text and back, as a caller does.
            cursor = Some(next.to_string().parse().unwrap());
        }
        pages
    }
}

#[tokio::test]
async fn a_change_costs_one_unit_per_event_and_one_for_the_checkpoint() {
    let world = World::new().await;
    assert_eq!(world.add(1..=3).await.unwrap(), Applied::Written);
    assert!((world.table.db.recorder().write_units() - 4.0).abs() < f64::EPSILON);
    assert_eq!(world.table.requests(), ["PutItem", "PutItem", "PutItem", "UpdateItem"]);

    let page = world.histories.page(Uuid::from_u128(ORDER), limit(20), None).await.unwrap().unwrap();
    assert_eq!((page.events, page.next), ((1..=3).map(event).collect(), None));
    assert!((world.table.db.recorder().read_units() - 1.0).abs() < f64::EPSILON);
    let mut requests = world.table.requests();
    requests.sort();
    assert_eq!(requests, ["GetItem", "Query"]);
}

#[tokio::test]
async fn pages_of_any_size_cover_the_whole_history() {
    let world = World::new().await;
    assert_eq!(world.pages(5).await, Vec::<Vec<u64>>::new());
    world.add(1..=11).await.unwrap();
    assert_eq!(world.pages(5).await, [vec![1, 2, 3, 4, 5], vec![6, 7, 8, 9, 10], vec![11]]);
    assert_eq!(world.pages(11).await, [(1..=11).collect::<Vec<_>>()]);
    assert_eq!(world.pages(10).await, [(1..=10).collect(), vec![11]]);
}

#[tokio::test]
async fn an_event_after_a_missing_version_is_not_returned() {
    let world = World::new().await;
    world.add(1..=2).await.unwrap();
    let behind = Applied::Behind { checkpoint: StreamVersion::new(2) };
    assert_eq!(world.add(4..=5).await.unwrap(), behind);
    assert_eq!(world.pages(2).await, [[1, 2]]);
    assert_eq!(world.pages(9).await, [[1, 2]]);
    world.add(3..=5).await.unwrap();
    assert_eq!(world.pages(9).await, [[1, 2, 3, 4, 5]]);
}

#[tokio::test]
async fn an_interrupted_write_is_repeated_completely() {
    let world = World::new().await;
    for faults in [[Fault::None, Fault::Throttled], [Fault::None, Fault::LostAnswer]] {
        world.table.db.faults().script(faults);
        assert!(world.add(1..=1).await.is_err());
    }
    let checkpoint = StreamVersion::new(1);
    assert_eq!(world.add(1..=1).await.unwrap(), Applied::Ahead { checkpoint });
    assert_eq!(world.pages(9).await, [[1]]);
}

#[tokio::test]
async fn an_event_larger_than_an_item_sends_no_request() {
    let world = World::new().await;
    let large = HistoryEvent { data: json!("x".repeat(400 * 1_024)), ..event(1) };
    let change = HistoryChange { user_id: None, events: vec![large] };
    let (after, to) = (StreamVersion::NONE, StreamVersion::new(1));
    let refused = world.histories.apply(&stream(ORDER), &change, after, to).await;
    assert!(matches!(refused, Err(WriteError::Unwritable(_))));
    assert!(world.table.requests().is_empty());
}

#[tokio::test]
async fn a_corrupt_event_item_is_named_with_its_attribute() {
    let world = World::new().await;
    world.add(1..=1).await.unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = world.table.db.client().put_item().table_name(&world.table.name);
    let put = put
        .item("pk", text(&format!("order#{}", Uuid::from_u128(ORDER))))
        .item("sk", text("event#00000000000000000002"));
    put.send().await.unwrap();
    let error = world.histories.page(Uuid::from_u128(ORDER), limit(9), None).await.unwrap_err();
    assert!(error.to_string().contains("lacks a valid attribute id"), "{error}");
}

#[test]
fn malformed_cursors_are_refused() {
    for text in ["", "AgAAAAAAAAAC", "AwAAAAAAAAA", "AwAAAAAAAAACAA", "!!!!!!!!!!!!", "€"] {
        assert_eq!(text.parse::<HistoryCursor>(), Err(CursorError::Malformed), "{text}");
    }
}

proptest! {
    #[test]
    fn every_cursor_round_trips(version in any::<[u8; 8]>()) {
        use base64::Engine as _;
        let bytes = [&[3][..], &version].concat();
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        prop_assert_eq!(text.parse::<HistoryCursor>().unwrap().to_string(), text);
    }
}
