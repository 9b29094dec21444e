//! Tests refused transactions and lost responses.

use es_core::{Applied, StreamVersion, Unwritable, WriteError};
use serde_json::{Value, json};
use testing::dynamodb::Fault;

use super::fixture::{AnalyticsFixture, in_status, opened};

pub(super) fn cancelled(codes: &[&str]) -> Fault {
    let reasons: Vec<Value> = codes.iter().map(|code| json!({ "Code": code })).collect();
    let name = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    let body = json!({ "__type": name, "Message": "Transaction cancelled", "CancellationReasons": reasons });
    Fault::Answered { status: 400, body }
}

#[tokio::test]
async fn a_conflicting_transaction_is_retried() {
    let fixture = AnalyticsFixture::new().await;
    let open = opened(2, "EUR", &[("tea", 1, 5)]);
    for code in ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"] {
        fixture.db.faults().script([cancelled(&["None", code, "None"])]);
    }
    assert_eq!(fixture.apply(1, &open, 0, 1).await, Applied::Written);
    assert_eq!(fixture.requests(), ["TransactWriteItems"; 4], "the retries do not read the marker");
    assert_eq!(fixture.daily().await, ["1970-01-02 pending EUR 1 5"]);
}

#[tokio::test]
async fn a_conflicting_transaction_fails_after_ten_attempts() {
    let fixture = AnalyticsFixture::new().await;
    fixture.db.faults().script(vec![cancelled(&["None", "TransactionConflict"]); 10]);
    let given_up = fixture.try_apply(1, &opened(2, "EUR", &[]), 0, 1).await;
    assert!(matches!(given_up, Err(WriteError::Throttled(_))));
    assert!(fixture.db.faults().are_over());
}

#[tokio::test]
async fn a_transaction_that_cannot_succeed_is_not_retried() {
    let fixture = AnalyticsFixture::new().await;
    fixture.db.faults().script([cancelled(&["None", "ValidationError"])]);
    let failed = fixture.try_apply(1, &opened(2, "EUR", &[]), 0, 1).await;
    assert!(matches!(failed, Err(WriteError::Unwritable(Unwritable::Invalid { .. }))));
    assert_eq!(fixture.requests().len(), 1);
}

#[tokio::test]
async fn a_change_repeated_after_a_lost_response_counts_once() {
    let fixture = AnalyticsFixture::new().await;
    let open = opened(2, "EUR", &[("tea", 1, 5)]);
    fixture.db.faults().script([Fault::LostAnswer]);
    assert!(matches!(fixture.try_apply(1, &open, 0, 1).await, Err(WriteError::Unavailable(_))));
    let checkpoint = StreamVersion::new(1);
    assert_eq!(fixture.apply(1, &open, 0, 1).await, Applied::Ahead { checkpoint });
    assert_eq!(fixture.daily().await, ["1970-01-02 pending EUR 1 5"]);
}

/// The marker moves between its read and the transaction. The transaction's condition fails, and the marker is read
/// again.
#[tokio::test]
async fn the_later_of_two_racing_transactions_loses() {
    let fixture = AnalyticsFixture::new().await;
    fixture.apply(1, &opened(2, "EUR", &[("tea", 1, 5)]), 0, 1).await;
    fixture.requests();
    let (confirmed, again) = (in_status("confirmed"), in_status("confirmed"));
    let (one, other) = tokio::join!(fixture.apply(1, &confirmed, 1, 2), fixture.apply(1, &again, 1, 2));
    let ahead = Applied::Ahead { checkpoint: StreamVersion::new(2) };
    assert!([(Applied::Written, ahead), (ahead, Applied::Written)].contains(&(one, other)));
    assert_eq!(fixture.daily().await, ["1970-01-02 confirmed EUR 1 5"]);
}

#[tokio::test]
async fn a_change_that_dynamodb_cannot_store_sends_no_transaction() {
    let fixture = AnalyticsFixture::new().await;
    let refused = fixture.try_apply(1, &opened(2, "EUR", &[(&"p".repeat(1_019), 1, 1)]), 0, 1).await;
    assert!(matches!(refused, Err(WriteError::Unwritable(_))));
    assert!(fixture.requests().is_empty());
    fixture.apply(1, &opened(2, "EUR", &[(&"p".repeat(1_018), 1, 1)]), 0, 1).await;
}

#[tokio::test]
async fn a_throttled_read_of_the_marker_fails_the_change() {
    let fixture = AnalyticsFixture::new().await;
    fixture.db.faults().script([Fault::Throttled]);
    assert!(matches!(fixture.try_apply(1, &in_status("shipped"), 1, 2).await, Err(WriteError::Throttled(_))));
}
