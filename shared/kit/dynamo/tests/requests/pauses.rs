//! The pauses between the attempts of a batch. The time of tokio's timer has milliseconds.

use std::time::Duration;

use dynamo::Table;
use serde_json::json;
use testing::dynamodb::LocalDynamoDb;
use tokio::time::Instant;

use crate::{answered, left_unwritten, put};

const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn the_longest_pause_doubles_up_to_a_limit() {
    for (tries, longest) in [(1, 20), (2, 40), (3, 80), (6, 640), (7, 640), (u32::MAX, 640)] {
        let mut most = Duration::ZERO;
        for _ in 0..100 {
            let start = Instant::now();
            dynamo::pause(tries).await;
            most = most.max(start.elapsed());
        }
        let longest = MILLISECOND * longest;
        assert!(most > longest / 2 && most <= longest + MILLISECOND, "{tries} tries: {most:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_waits_only_while_requests_are_left() {
    let db = LocalDynamoDb::start().await;
    let table = Table::new(db.client(), "any");
    let time_of = async |left: usize| {
        let done = answered(200, json!({ "UnprocessedItems": {} }));
        db.faults().script((0..left).map(|_| left_unwritten()).chain([done]));
        let start = Instant::now();
        table.call().write_items(vec![put(1)]).await.unwrap();
        start.elapsed()
    };
    assert_eq!(time_of(0).await, Duration::ZERO, "the first response leaves nothing");
    let waited = time_of(3).await;
    assert!((MILLISECOND..=MILLISECOND * (20 + 40 + 80 + 3)).contains(&waited), "{waited:?}");
}
