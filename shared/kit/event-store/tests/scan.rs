//! A scan returns each stream in order even if DynamoDB does not return the items in order.
#![cfg(test)]

use std::collections::HashMap;
use std::num::NonZeroU16;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Commit, EventReader, ScanCursor, ScanPage, Segment, StoreError};
use event_store::{CommitItem, DynamoEventStore};
use serde_json::{Map, Value, json};
use testing::consumed_capacities;
use testing::contract::StreamBuilder;
use testing::dynamodb::{Fault, LocalDynamoDb};

const WHOLE: Segment = Segment { index: 0, total: 1 };

fn json_of(attributes: HashMap<String, AttributeValue>) -> Value {
    let value = |value| match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        other => panic!("{other:?}"),
    };
    attributes.into_iter().map(|(name, of)| (name, value(of))).collect::<Map<_, _>>().into()
}

/// A response to a scan with `commits` that is not the last page.
fn answer(commits: &[&Commit]) -> Fault {
    let item = |commit: &&Commit| json_of(CommitItem::try_from(*commit).unwrap().attributes());
    let items: Vec<_> = commits.iter().map(item).collect();
    let key = items.last().map_or_else(
        || json!({ "pk": { "S": "test" }, "sk": { "N": "1" } }),
        |last| json!({ "pk": last["pk"], "sk": last["sk"] }),
    );
    Fault::Answered { status: 200, body: json!({ "Items": items, "LastEvaluatedKey": key }) }
}

struct UnorderedScan {
    dynamodb: LocalDynamoDb,
    store: DynamoEventStore,
    one: StreamBuilder,
    other: StreamBuilder,
}

impl UnorderedScan {
    async fn start() -> Self {
        let dynamodb = LocalDynamoDb::start().await;
        let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
        let (one, other) =
            (StreamBuilder::new().then(1).then(2).then(1).then(1), StreamBuilder::new().then(1).then(1));
        one.append_to(&store).await;
        other.append_to(&store).await;
        Self { dynamodb, store, one, other }
    }

    async fn scan(&self, found: &[&Commit], from: Option<&ScanCursor>) -> Result<ScanPage, StoreError> {
        self.dynamodb.faults().script([answer(found)]);
        self.store.load_all(WHOLE, from, NonZeroU16::MAX).await
    }
}

#[tokio::test]
async fn commits_found_in_reverse_are_returned_in_order_and_once() {
    let scan = UnorderedScan::start().await;
    let [first, second, third, fourth] = &scan.one.commits[..] else { panic!() };
    let page = scan.scan(&[third, second, first, fourth], None).await.unwrap();
    assert_eq!(page.commits, scan.one.commits);
    let next = page.next.unwrap();
    assert_eq!((next.first, next.last), (fourth.first, fourth.last()));
}

#[tokio::test]
async fn missing_commits_are_read_across_pages() {
    let scan = UnorderedScan::start().await;
    let [first, second, third, fourth] = &scan.one.commits[..] else { panic!() };
    let page = scan.scan(&[first], None).await.unwrap();
    assert_eq!(page.commits, scan.one.commits[..1]);
    scan.dynamodb.recorder().clear();
    let found = [third, second, fourth];
    let (page, capacities) = consumed_capacities(scan.scan(&found, page.next.as_ref())).await;
    assert_eq!(page.unwrap().commits, scan.one.commits[1..]);
    let filling = scan.dynamodb.recorder().read_units();
    assert_eq!(
        capacities,
        [("event_store.load_all_events", filling)],
        "the missing commits must be read in the same call"
    );
}

#[tokio::test]
async fn the_cursor_remembers_which_commits_were_returned_early() {
    let scan = UnorderedScan::start().await;
    let [first, second, third, fourth] = &scan.one.commits[..] else { panic!() };
    let page = scan.scan(&[third, first], None).await.unwrap();
    assert_eq!(page.commits, scan.one.commits[..3]);
    let page = scan.scan(&[second, fourth], page.next.as_ref()).await.unwrap();
    assert_eq!(page.commits, scan.one.commits[3..]);
}

#[tokio::test]
async fn a_stream_interrupted_by_another_stream_starts_again_at_its_first_commit() {
    let scan = UnorderedScan::start().await;
    let [first, second, ..] = &scan.one.commits[..] else { panic!() };
    let page = scan.scan(&[first, &scan.other.commits[0], second], None).await.unwrap();
    let expected = [first, &scan.other.commits[0], first, second].map(Clone::clone);
    assert_eq!(page.commits, expected);
}

#[tokio::test]
async fn an_empty_page_that_is_not_the_last_is_an_error() {
    let scan = UnorderedScan::start().await;
    let error = scan.scan(&[], None).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
}
