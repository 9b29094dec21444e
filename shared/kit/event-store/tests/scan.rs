//! A scan returns each stream in order even if DynamoDB does not return the items in order, and items that are not
//! commits do not stop the scan.
#![cfg(test)]

use std::collections::HashMap;
use std::iter::repeat_n;
use std::num::NonZeroU16;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Commit, EventReader, RawKey, ScanCursor, ScanPage, Segment, StoreError, StreamVersion};
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
    let item = |commit: &&Commit| json_of(CommitItem::try_from(*commit).unwrap().into_attributes());
    let items: Vec<_> = commits.iter().map(item).collect();
    let key = items.last().map_or_else(
        || json!({ "pk": { "S": "test" }, "sk": { "N": "1" } }),
        |last| json!({ "pk": last["pk"], "sk": last["sk"] }),
    );
    Fault::Answered { status: 200, body: json!({ "Items": items, "LastEvaluatedKey": key }) }
}

struct UnorderedScan {
    dynamodb: LocalDynamoDb,
    table: String,
    store: DynamoEventStore,
    one: StreamBuilder,
    other: StreamBuilder,
}

impl UnorderedScan {
    async fn start() -> Self {
        let dynamodb = LocalDynamoDb::start().await;
        let table = dynamodb.event_table().await;
        let store = DynamoEventStore::new(dynamodb.client(), &table);
        let (one, other) =
            (StreamBuilder::new().then(1).then(2).then(1).then(1), StreamBuilder::new().then(1).then(1));
        one.append_to(&store).await;
        other.append_to(&store).await;
        Self { dynamodb, table, store, one, other }
    }

    /// Overwrites the events of the item with the given key, or makes an item without any other attribute.
    async fn overwrite(&self, partition_key: &str, sort_key: &str) {
        let key = (partition_key, AttributeValue::N(sort_key.to_owned()));
        self.dynamodb.set(&self.table, key, "events", AttributeValue::S("nonsense".to_owned())).await;
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
    assert_eq!(page.next, Some(cursor(fourth)));
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
    assert_eq!(scan.dynamodb.recorder().eventual_reads(), [""; 0]);
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
async fn an_empty_page_that_is_not_the_last_continues_at_its_key() {
    let scan = UnorderedScan::start().await;
    let page = scan.scan(&[], None).await.unwrap();
    let key = RawKey { partition_key: "test".to_owned(), sort_key: "1".to_owned() };
    let next = Some(ScanCursor::AtKey { key, last: StreamVersion::NONE });
    assert_eq!(page, ScanPage { next, ..ScanPage::default() });
}

#[tokio::test]
async fn a_gap_that_is_too_large_for_the_memory_is_an_error_with_its_position() {
    let scan = UnorderedScan::start().await;
    let third = &scan.one.commits[2];
    let empty_pages = repeat_n(answer(&[]), 65);
    scan.dynamodb.faults().script([answer(&[third])].into_iter().chain(empty_pages));
    let error = scan.store.load_all(WHOLE, None, NonZeroU16::MAX).await.unwrap_err();
    let StoreError::Unavailable(source) = error else { panic!("{error:?}") };
    let expected = format!("{} out of order, and the items from version 1 to 4", third.stream);
    assert!(source.to_string().contains(&expected), "{source}");
    assert_eq!(source.source().unwrap().to_string(), "a query has more than 64 pages");
    assert_eq!(scan.dynamodb.recorder().count("Query"), 64);
}

/// The cursor after `commit`.
fn cursor(commit: &Commit) -> ScanCursor {
    ScanCursor::InStream { stream: commit.stream.clone(), first: commit.first, last: commit.last() }
}

#[tokio::test]
async fn an_unreadable_item_found_before_its_predecessor_hides_no_commit() {
    let scan = UnorderedScan::start().await;
    let [first, second, third, fourth] = &scan.one.commits[..] else { panic!() };
    scan.overwrite(&second.stream.to_string(), &second.first.to_string()).await;
    let [broken, first_item, third_item] = [second, first, third].map(|commit| {
        let mut item = json_of(CommitItem::try_from(commit).unwrap().into_attributes());
        if commit == second {
            item["events"] = json!({ "S": "nonsense" });
        }
        item
    });
    let key = json!({ "pk": third_item["pk"], "sk": third_item["sk"] });
    let body = json!({ "Items": [broken, first_item, third_item], "LastEvaluatedKey": key });
    scan.dynamodb.faults().script([Fault::Answered { status: 200, body }]);
    let page = scan.store.load_all(WHOLE, None, NonZeroU16::MAX).await.unwrap();
    assert_eq!(page.commits, [first.clone(), third.clone()]);
    let unreadable: Vec<_> = page.unreadable.iter().map(|item| item.key.position()).collect();
    assert_eq!(unreadable, [Some((second.stream.clone(), second.first))]);
    let page = scan.scan(&[fourth], page.next.as_ref()).await.unwrap();
    assert_eq!((page.commits, page.unreadable), (vec![fourth.clone()], Vec::new()));
}

/// All commits and the keys of all unreadable items, read in pages of `page` items.
async fn scanned(store: &DynamoEventStore, page: u16) -> (Vec<Commit>, Vec<String>) {
    let (mut commits, mut unreadable, mut from) = (Vec::new(), Vec::new(), None);
    for _ in 0..100 {
        let page = NonZeroU16::new(page).unwrap();
        let found = store.load_all(WHOLE, from.as_ref(), page).await.unwrap();
        commits.extend(found.commits);
        unreadable.extend(found.unreadable.into_iter().map(|item| item.key.to_string()));
        // Every position is stored and read again, as between two invocations.
        from = found.next.map(|next| serde_json::from_value(json!(next)).unwrap());
        if from.is_none() {
            return (commits, unreadable);
        }
    }
    panic!("the scan must end");
}

#[tokio::test]
async fn unreadable_items_are_returned_as_such_and_stop_nothing() {
    let scan = UnorderedScan::start().await;
    let stream = scan.one.stream().to_string();
    // The second commit has the versions 2 and 3, so the next commit is not at the next version after the item.
    let keys = [
        (stream.as_str(), "2"),
        (stream.as_str(), "4.5"),
        ("test-00000000-0000-0000-0000-00000000000a", "1"),
        ("test-00000000-0000-0000-0000-00000000000b", "0"),
        ("test-00000000-0000-0000-0000-00000000000c", "99999999999999999999999999"),
        ("settings", "-1.5"),
    ];
    for (partition_key, sort_key) in keys {
        scan.overwrite(partition_key, sort_key).await;
    }
    let mut expected: Vec<_> = keys.iter().map(|(pk, sk)| format!("{pk} at version {sk}")).collect();
    expected.sort();
    for page in [1, 2, 3, 100] {
        let (mut commits, mut unreadable) = scanned(&scan.store, page).await;
        unreadable.sort();
        assert_eq!(unreadable, expected, "{page} a page");
        commits.retain(|commit| commit.stream == *scan.one.stream());
        let sound = [0, 2, 3].map(|index| scan.one.commits[index].clone());
        assert_eq!(commits, sound, "{page} a page");
    }
}
