//! Tests the histories of orders: their items, their pages and their costs.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Mutex;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{
    Applied, IdempotencyKey, Metadata, RequestHash, StreamChange, StreamVersion, ViewWriter, WriteError,
};
use proptest::prelude::*;
use serde_json::json;
use testing::dynamodb::Fault;
use uuid::Uuid;
use view_store::{CursorError, DynamoCheckpoints, StoredChange};
use views::{DynamoHistories, HistoryChange, HistoryCursor, HistoryEvent};

use crate::support::{Table, apply_all, at, limit, stream};

const ORDER: u128 = 7;

fn event(version: u64) -> HistoryEvent {
    HistoryEvent {
        version: StreamVersion::new(version),
        id: Uuid::from_u128(version.into()),
        event_type: "OrderConfirmed".to_owned(),
        data: json!({"note": "急須", "user_id": "user-1"}),
        at: at(1),
        traceparent: None,
        correlation_id: "correlation".to_owned(),
        causation_id: "request".to_owned(),
    }
}

/// The change that adds `commits`.
fn change(commits: impl IntoIterator<Item = Vec<HistoryEvent>>) -> HistoryChange {
    HistoryChange { commits: commits.into_iter().collect(), last: None }
}

/// The metadata of a commit that the command with the key `key` made at the time `micros`.
fn metadata(key: &str, micros: i64) -> Metadata {
    Metadata {
        occurred_at: at(micros),
        actor: "user-1".to_owned(),
        key: IdempotencyKey::try_from(key.to_owned()).unwrap(),
        request_hash: RequestHash::from_request("POST /orders", &json!({})),
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
        let change = change(versions.map(|version| vec![event(version)]));
        let (after, to) = (StreamVersion::new(first - 1), StreamVersion::new(last));
        self.histories.apply(&stream(ORDER), &change, after, to).await
    }

    /// The checkpoint as an operator reads it.
    async fn checkpoint(&self) -> StreamVersion {
        let checkpoints = DynamoCheckpoints::new(self.table.db.client(), &self.table.name);
        checkpoints.versions(&[HistoryChange::checkpoint(&stream(ORDER))]).await.unwrap()[0]
    }

    /// Applies `changes` together. A change has its order, and the versions before and after it. Returns the results.
    async fn write_all(&self, changes: Vec<(u128, &HistoryChange, u64, u64)>) -> Vec<Applied> {
        let streams: Vec<_> = changes.iter().map(|(order, ..)| stream(*order)).collect();
        let changes = changes.iter().zip(&streams);
        let changes: Vec<_> = changes
            .map(|((_, change, after, to), stream)| StreamChange {
                stream,
                change: *change,
                after: StreamVersion::new(*after),
                to: StreamVersion::new(*to),
            })
            .collect();
        let results = Mutex::new(BTreeMap::new());
        let report = |index, result: Result<Applied, WriteError>| {
            results.lock().unwrap().insert(index, result.unwrap());
        };
        self.histories.apply_all(&changes, &report).await;
        results.into_inner().unwrap().into_values().collect()
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

#[test]
fn events_with_the_same_metadata_are_one_commit() {
    let first = metadata("key-1", 1);
    for second in [metadata("key-1", 2), metadata("key-2", 1)] {
        let added = HistoryChange::default();
        let added = added.and(event(1), &first).and(event(2), &first).and(event(3), &second);
        let commits = vec![vec![event(1), event(2)], vec![event(3)]];
        assert_eq!(added, HistoryChange { commits, last: Some(second) });
    }
}

#[tokio::test]
async fn a_change_costs_one_unit_per_event_and_a_page_half_a_unit() {
    let world = World::new().await;
    assert_eq!(world.add(1..=3).await.unwrap(), Applied::Written);
    assert!((world.table.db.recorder().write_units() - 3.0).abs() < f64::EPSILON);
    assert_eq!(
        world.table.requests(),
        ["BatchGetItem", "BatchWriteItem", "BatchWriteItem", "BatchWriteItem"]
    );

    let page = world.histories.page(Uuid::from_u128(ORDER), limit(20), None).await.unwrap().unwrap();
    assert_eq!((page.events, page.next), ((1..=3).map(event).collect(), None));
    assert!((world.table.db.recorder().read_units() - 0.5).abs() < f64::EPSILON);
    assert_eq!(world.table.requests(), ["Query"]);
    let first = world.histories.page(Uuid::from_u128(ORDER), limit(1), None).await.unwrap().unwrap();
    world.table.requests();
    world.histories.page(Uuid::from_u128(ORDER), limit(1), first.next).await.unwrap().unwrap();
    let mut requests = world.table.requests();
    requests.sort();
    assert_eq!(requests, ["GetItem", "Query"], "the first event contains the customer");
}

/// DynamoDB counts the read of a key without an item like that of a small item.
#[tokio::test]
async fn an_absent_neighbour_costs_half_a_read_unit() {
    let world = World::new().await;
    world.add(1..=3).await.unwrap();
    assert!((world.table.db.recorder().read_units() - 0.5).abs() < f64::EPSILON);
    let world = World::new().await;
    let first = change([vec![event(1)]].into_iter());
    world.write_all((1..=100).map(|order| (order, &first, 0, 1)).collect()).await;
    assert!((world.table.db.recorder().read_units() - 50.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn pages_of_any_size_cover_the_whole_history() {
    let world = World::new().await;
    assert_eq!(world.pages(5).await, Vec::<Vec<u64>>::new());
    world.add(1..=11).await.unwrap();
    assert_eq!(world.pages(5).await, [vec![1, 2, 3, 4, 5], vec![6, 7, 8, 9, 10], vec![11]]);
    // A commit over the end of a page is on both pages.
    let whole = World::new().await;
    let commits =
        [1..=3, 4..=4, 5..=8, 9..=11].map(|versions: RangeInclusive<u64>| versions.map(event).collect());
    let (none, last) = (StreamVersion::NONE, StreamVersion::new(11));
    whole.histories.apply(&stream(ORDER), &change(commits), none, last).await.unwrap();
    assert_eq!(whole.pages(5).await, world.pages(5).await);
    assert_eq!(whole.pages(2).await, world.pages(2).await);
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

/// A faulty writer stores the events 4 and 5 after the event 2.
#[tokio::test]
async fn a_history_ends_before_a_missing_version() {
    let world = World::new().await;
    world.add(1..=2).await.unwrap();
    let late = change((4..=5).map(|version| vec![event(version)]));
    let (two, five) = (StreamVersion::new(2), StreamVersion::new(5));
    let written = world.histories.apply(&stream(ORDER), &late, two, five).await.unwrap();
    assert_eq!(written, Applied::Written);
    for most in [2, 3, 9] {
        assert_eq!(world.pages(most).await, [[1, 2]], "with {most} events on a page");
    }
}

/// A response of DynamoDB has at most 1 MB, so it has fewer events than the page may have.
#[tokio::test]
async fn a_page_that_dynamodb_cuts_off_has_a_cursor() {
    let world = World::new().await;
    let large = |version| HistoryEvent { data: json!("x".repeat(300 * 1_024)), ..event(version) };
    let change = change((1..=5).map(|version| vec![large(version)]));
    let (none, five) = (StreamVersion::NONE, StreamVersion::new(5));
    world.histories.apply(&stream(ORDER), &change, none, five).await.unwrap();
    let page = async |cursor| {
        let limit = limit(20).with_bytes(usize::MAX);
        world.histories.page(Uuid::from_u128(ORDER), limit, cursor).await.unwrap().unwrap()
    };
    let first = page(None).await;
    let second = page(first.next).await;
    let versions = first.events.iter().chain(&second.events).map(|event| event.version.get());
    assert_eq!((versions.collect::<Vec<_>>(), second.next), (vec![1, 2, 3, 4, 5], None));
}

#[tokio::test]
async fn an_interrupted_write_is_repeated_completely() {
    let world = World::new().await;
    world.table.db.faults().script([Fault::None, Fault::None, Fault::NotSent]);
    assert!(world.add(1..=2).await.is_err());
    assert_eq!(world.pages(9).await, [[1]]);
    let checkpoint = |version| StreamVersion::new(version);
    assert_eq!(world.add(1..=2).await.unwrap(), Applied::Ahead { checkpoint: checkpoint(1) });
    world.table.db.faults().script([Fault::None, Fault::LostAnswer]);
    assert!(world.add(2..=2).await.is_err());
    assert_eq!(world.add(2..=2).await.unwrap(), Applied::Ahead { checkpoint: checkpoint(2) });
    assert_eq!(world.pages(9).await, [[1, 2]]);
}

/// The commit of the events 2 and 3 was written in part. It does not count until it is written as a whole.
#[tokio::test]
async fn a_part_of_a_commit_is_no_checkpoint() {
    let world = World::new().await;
    world.add(1..=1).await.unwrap();
    let (one, three) = (StreamVersion::new(1), StreamVersion::new(3));
    let commit = change([vec![event(2), event(3)]]);
    world.table.db.faults().script([Fault::None, Fault::None, Fault::NotSent]);
    assert!(world.histories.apply(&stream(ORDER), &commit, one, three).await.is_err());
    assert_eq!(world.pages(9).await, [[1, 2]]);
    assert_eq!(world.checkpoint().await, one);
    assert_eq!(world.add(4..=4).await.unwrap(), Applied::Behind { checkpoint: one });
    let written = world.histories.apply(&stream(ORDER), &commit, one, three).await.unwrap();
    assert_eq!((written, world.checkpoint().await), (Applied::Written, three));
    assert_eq!(world.add(4..=4).await.unwrap(), Applied::Written);
    assert_eq!(world.add(1..=3).await.unwrap(), Applied::Ahead { checkpoint: StreamVersion::new(4) });
    assert_eq!(world.pages(9).await, [[1, 2, 3, 4]]);
}

/// Orders that are ahead, behind and new, with one and with several commits.
#[tokio::test]
async fn the_changes_of_several_orders_share_their_requests() {
    let world = World::new().await;
    let table = &world.table;
    let events = |versions: RangeInclusive<u64>| change(versions.map(|version| vec![event(version)]));
    let (first, second, both) = (events(1..=1), events(2..=2), events(1..=2));
    let version = StreamVersion::new;
    let write = async |changes| world.write_all(changes).await;
    let opened = write((1..=100).map(|order| (order, &first, 0, 1)).collect()).await;
    assert_eq!(opened, [Applied::Written; 100]);
    assert!((table.db.recorder().write_units() - 100.0).abs() < f64::EPSILON);
    let requests = table.requests();
    assert_eq!(requests.len(), 5, "one read of the neighbours and four writes: {requests:?}");

    let mixed =
        write(vec![(1, &first, 0, 1), (2, &second, 1, 2), (101, &second, 1, 2), (102, &both, 0, 2)]).await;
    let (ahead, behind) =
        (Applied::Ahead { checkpoint: version(1) }, Applied::Behind { checkpoint: version(0) });
    assert_eq!(mixed, [ahead, Applied::Written, behind, Applied::Written]);
    let mut requests = table.requests();
    requests.sort();
    assert_eq!(requests, ["BatchGetItem", "BatchWriteItem", "BatchWriteItem", "Query"]);
}

/// A batch whose request fails has no result, and nothing of it is in the way of a repeated write.
#[tokio::test]
async fn a_failed_batch_is_left_to_the_caller() {
    let world = World::new().await;
    let change = change([vec![event(1)]]);
    let (none, one) = (StreamVersion::NONE, StreamVersion::new(1));
    for faults in
        [vec![Fault::NotSent], vec![Fault::None, Fault::NotSent], vec![Fault::None, Fault::LostAnswer]]
    {
        world.table.db.faults().script(faults);
        let stream = stream(ORDER);
        let changes = [StreamChange { stream: &stream, change: &change, after: none, to: one }];
        world.histories.apply_all(&changes, &|_, result| panic!("{result:?}")).await;
    }
    assert_eq!(world.add(1..=1).await.unwrap(), Applied::Ahead { checkpoint: one });
}

#[tokio::test]
async fn a_throttled_batch_fails_each_of_its_changes() {
    let world = World::new().await;
    world.table.db.faults().script([Fault::None, Fault::Throttled]);
    let change = change([vec![event(1)]]);
    let results = apply_all(&world.histories, &[(1, change.clone(), 0, 1), (2, change, 0, 1)]).await;
    let is_throttled = |result: &Option<_>| matches!(result, Some(Err(WriteError::Throttled(_))));
    assert!(results.iter().all(is_throttled), "{results:?}");
}

#[tokio::test]
async fn an_event_larger_than_an_item_sends_no_request() {
    let world = World::new().await;
    let large = HistoryEvent { data: json!("x".repeat(400 * 1_024)), ..event(1) };
    let change = change([vec![large]]);
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
