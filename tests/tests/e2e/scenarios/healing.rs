//! Tests that projections handle lost, repeated, reordered and unreadable records.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use e2e::{Aws, target};
use serde_json::Value;

use crate::scenarios::support::{Shop, shop};

/// The largest number of receives from the dead-letter queue. Each receive waits up to a second for a message.
const RECEIVES: usize = 60;

fn aws() -> Aws {
    Aws::from_target(target().expect("a stack")).expect("AWS clients")
}

/// A shipped order with its view and its change records.
async fn shipped(shop: &Shop, aws: &Aws) -> (String, Value, Vec<Value>) {
    let order = shop.created().await;
    shop.confirm(&order).await;
    shop.ship(&order).await;
    let view = shop.view(&order, 3).await.body;
    let changes = aws.changes(&format!("order-{order}")).await.expect("changes");
    assert_eq!(changes.len(), 3);
    (order, view, changes)
}

async fn put(aws: &Aws, change: &Value) {
    aws.put(change.to_string().as_bytes()).await.expect("put");
}

#[tokio::test]
async fn a_view_with_missing_records_is_completed_from_the_event_table() {
    let (shop, aws) = (shop(), aws());
    let (order, view, changes) = shipped(&shop, &aws).await;
    aws.delete_query_item(&format!("order#{order}"), "view").await.expect("deleted");
    put(&aws, &changes[2]).await;
    assert_eq!(shop.view(&order, 3).await.body, view);
}

#[tokio::test]
async fn reordered_and_repeated_records_give_the_same_view() {
    let (shop, aws) = (shop(), aws());
    let (order, view, changes) = shipped(&shop, &aws).await;
    aws.delete_query_item(&format!("order#{order}"), "view").await.expect("deleted");
    for change in [&changes[1], &changes[0], &changes[2], &changes[0], &changes[1]] {
        put(&aws, change).await;
    }
    wait_for_records(&shop, &aws).await;
    assert_eq!(shop.view(&order, 3).await.body, view);
}

/// Waits until the projection of orders has handled all records that [`put`] has put so far. They are in one shard, and a
/// shard's batches follow one another. The first of two further records may be in the same batch as the last record
/// before them, and the second one is in a later batch.
async fn wait_for_records(shop: &Shop, aws: &Aws) {
    let order = shop.created().await;
    shop.view(&order, 1).await;
    let changes = aws.changes(&format!("order-{order}")).await.expect("changes");
    for _ in 0..2 {
        aws.delete_query_item(&format!("order#{order}"), "view").await.expect("deleted");
        put(aws, &changes[0]).await;
        shop.view(&order, 1).await;
    }
}

#[tokio::test]
async fn an_unreadable_record_becomes_a_dead_letter_and_others_are_projected() {
    let (shop, aws) = (shop(), aws());
    let poison = format!("not a change record, but {}", shop.user);
    aws.put(poison.as_bytes()).await.expect("put");
    let order = shop.created().await;
    shop.view(&order, 1).await;
    for _ in 0..RECEIVES {
        for letter in aws.dead_letters().await.expect("letters") {
            let data = letter["data"].as_str().unwrap_or_default();
            if BASE64_STANDARD.decode(data).is_ok_and(|bytes| bytes == poison.as_bytes()) {
                assert!(letter["error"].is_string(), "{letter}");
                return;
            }
        }
    }
    panic!("the record is not in the dead-letter queue");
}
