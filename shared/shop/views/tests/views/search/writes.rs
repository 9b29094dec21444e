//! Tests the changes of the index: their postings, their checkpoints and their requests.

use es_core::{Applied, StreamVersion, ViewWriter, WriteError};
use testing::dynamodb::Fault;
use views::{IndexedWords, SearchChange};

use super::fixture::{Order, SearchFixture, line, order};
use super::words::letters;
use crate::support::{apply_all, at, requests, stream};

fn opening(order: &Order) -> SearchChange {
    let words = IndexedWords::from_opening(&order.user, &order.lines);
    SearchChange { opened_at: Some(at(order.micros)), words, ..SearchChange::default() }
}

fn shipment(tracking_number: &str) -> SearchChange {
    let shipment_words = IndexedWords::from_shipment(tracking_number, "DHL");
    SearchChange { shipment_words, ..SearchChange::default() }
}

/// The order `id` whose opening has `postings` postings: five of the user and the others of the products.
fn order_with(id: u128, postings: usize) -> Order {
    let lines = (5..postings).map(|number| line(&letters(number), None)).collect();
    Order { lines, ..order(id, "a b c d e", "") }
}

/// Applies the next commit of `order` after the version `after`.
async fn apply(fixture: &SearchFixture, order: u128, change: &SearchChange, after: u64) -> Applied {
    let (after, to) = (StreamVersion::new(after), StreamVersion::new(after + 1));
    fixture.postings.apply(&stream(order), change, after, to).await.unwrap()
}

#[tokio::test]
async fn only_a_change_with_words_reads_its_checkpoint_and_writes_postings() {
    let fixture = SearchFixture::new().await;
    let parcel = Some(("JJD7".to_owned(), "DHL".to_owned()));
    let sold = Order { parcel, ..order(1, "ada", "kettle") };
    fixture.view(&sold).await;
    requests(&fixture.db);
    let with_words = &["BatchGetItem", "BatchWriteItem", "UpdateItem"][..];
    let steps = [
        (opening(&sold), with_words),
        (SearchChange::default(), &["UpdateItem"][..]),
        (shipment("JJD7"), with_words),
    ];
    for ((change, expected), after) in steps.iter().zip(0..) {
        assert_eq!(apply(&fixture, 1, change, after).await, Applied::Written);
        assert_eq!(fixture.db.recorder().eventual_reads(), [""; 0]);
        assert_eq!(requests(&fixture.db), *expected);
    }
    for q in ["kettle", "jjd7", "ada dhl"] {
        assert_eq!(fixture.find(q).await, [1], "{q}");
    }
}

#[tokio::test]
async fn a_repeated_change_writes_no_posting() {
    let fixture = SearchFixture::new().await;
    let change = opening(&order(1, "ada", "kettle"));
    apply(&fixture, 1, &change, 0).await;
    requests(&fixture.db);
    let ahead = Applied::Ahead { checkpoint: StreamVersion::new(1) };
    assert_eq!(apply(&fixture, 1, &change, 0).await, ahead);
    assert_eq!(requests(&fixture.db), ["BatchGetItem"]);
    let results = apply_all(&fixture.postings, &[(1, change, 0, 1)]).await;
    assert!(matches!(results[..], [Some(Ok(result))] if result == ahead), "{results:?}");
    assert_eq!(requests(&fixture.db), ["BatchGetItem"]);
}

#[tokio::test]
async fn a_shipment_without_a_known_opening_writes_no_posting() {
    let fixture = SearchFixture::new().await;
    assert_eq!(apply(&fixture, 1, &shipment("JJD7"), 0).await, Applied::Written);
    assert_eq!(requests(&fixture.db), ["BatchGetItem", "UpdateItem"]);
}

/// A group of changes has up to 100 postings, and a request has up to 25 of them.
#[tokio::test]
async fn the_changes_of_several_orders_share_the_requests_for_up_to_a_hundred_postings() {
    for (sizes, writes) in [([45, 55], 4), ([55, 55], 3 + 3)] {
        let fixture = SearchFixture::new().await;
        let changes = (1..).zip(sizes).map(|(id, size)| (id, opening(&order_with(id, size)), 0, 1));
        let results = apply_all(&fixture.postings, &changes.collect::<Vec<_>>()).await;
        assert!(results.iter().all(|result| matches!(result, Some(Ok(Applied::Written)))), "{results:?}");
        let recorder = fixture.db.recorder();
        let operations = ["BatchGetItem", "BatchWriteItem", "UpdateItem"];
        assert_eq!(operations.map(|operation| recorder.count(operation)), [1, writes, 2], "{sizes:?}");
        assert_eq!(recorder.eventual_reads(), ["BatchGetItem"]);
    }
}

/// The requests are the read of the checkpoints, the checkpoint of the first change, and the postings of the second one.
#[tokio::test]
async fn failed_postings_concern_only_changes_with_words() {
    for (fault, is_throttled) in [(Fault::Throttled, true), (Fault::NotSent, false)] {
        let fixture = SearchFixture::new().await;
        fixture.db.faults().script([Fault::None, Fault::None, fault]);
        let changes = [(1, SearchChange::default(), 0, 1), (2, opening(&order(2, "ada", "kettle")), 0, 1)];
        let results = apply_all(&fixture.postings, &changes).await;
        assert!(matches!(results[0], Some(Ok(Applied::Written))), "{results:?}");
        if is_throttled {
            assert!(matches!(results[1], Some(Err(WriteError::Throttled(_)))), "{results:?}");
        } else {
            assert!(results[1].is_none(), "{results:?}");
        }
    }
}

/// The checkpoint may be stale, so the caller applies a change with words on its own.
#[tokio::test]
async fn a_change_with_words_that_seems_to_be_early_has_no_result() {
    let fixture = SearchFixture::new().await;
    let changes = [(1, SearchChange::default(), 1, 2), (2, opening(&order(2, "ada", "kettle")), 1, 2)];
    let results = apply_all(&fixture.postings, &changes).await;
    let behind = Applied::Behind { checkpoint: StreamVersion::NONE };
    assert!(matches!(results[..], [Some(Ok(result)), None] if result == behind), "{results:?}");
    assert_eq!(requests(&fixture.db), ["BatchGetItem", "UpdateItem"]);
}
