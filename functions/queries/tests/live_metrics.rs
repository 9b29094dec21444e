//! Tests that a query is counted once, although an answer from a generation that is not live is discarded. The test has its
//! own process, because a global subscriber can be set only once and a temporary one may miss lines while other tests run.
#![cfg(test)]

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_api::{Answer, Request, respond};
use lambda::SystemClock;
use queries::live;
use serde_json::{Value, json};
use telemetry::Telemetry;
use testing::StoppedClock;
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::gateway::sample;
use tokio::task::yield_now;
use view_store::Generation::{Blue, Green};
use view_store::{DynamoGenerations, Generation, Generations, KnownGenerations};

/// The log lines of this process.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Value>>>);

impl Lines {
    /// The operation, the outcome and the failure of each line that counts a query. Removes all lines.
    fn take_counted(&self) -> Vec<Value> {
        let lines = std::mem::take(&mut *self.0.lock().unwrap());
        let counted = lines.into_iter().filter(|line| line["Queries"].is_number());
        let counted = counted.map(|line| json!([line["operation"], line["outcome"], line["FailedRequests"]]));
        counted.collect()
    }
}

/// Answers a request with a handler that is done before the switch is read. Returns the status and the generations that
/// the handler answered from.
async fn answer(known: &KnownGenerations) -> (i64, Vec<Generation>) {
    let request: Request = queries::api(Arc::new(SystemClock)).request(sample("get-product", "get"));
    let answered_from = RefCell::new(Vec::new());
    let read = async |generation| {
        answered_from.borrow_mut().push(generation);
        let work = async {
            yield_now().await;
            Answer::ok(&json!({}))
        };
        respond("get-product", &request, work).await
    };
    let response = live::answer(known, &request, read).await;
    (response.status_code, answered_from.into_inner())
}

#[tokio::test]
async fn a_query_is_counted_once() {
    let lines = Lines::default();
    let kept = lines.clone();
    let keep = move |line: &[u8]| kept.0.lock().unwrap().push(serde_json::from_slice(line).unwrap());
    let (_telemetry, dispatch) = Telemetry::assemble("example", |_| None, keep);
    tracing::dispatcher::set_global_default(dispatch).unwrap();
    let db = LocalDynamoDb::start().await;
    let switch = DynamoGenerations::new(db.client(), db.operations_table().await);
    // Each query reads the switch.
    let instance = || KnownGenerations::new(switch.clone(), Duration::ZERO, StoppedClock::shared());
    let known = instance();
    let answered = json!(["get-product", "answered", 0]);
    let unreadable = json!(["read-generations", "throttled", 1]);

    assert_eq!(answer(&known).await, (200, vec![Blue]));
    assert_eq!(lines.take_counted(), std::slice::from_ref(&answered));

    db.faults().script([Fault::Throttled]);
    assert_eq!(answer(&known).await, (503, vec![Blue]));
    assert_eq!(
        lines.take_counted(),
        std::slice::from_ref(&unreadable),
        "the discarded answer must not be counted"
    );

    let before = switch.load().await.unwrap();
    let after = Generations { live: Green, since: before.since + 1, ..before };
    assert!(switch.change(&before, &after).await.unwrap());
    for known in [known, instance()] {
        assert_eq!(answer(&known).await, (200, vec![Blue, Green]));
        assert_eq!(
            lines.take_counted(),
            std::slice::from_ref(&answered),
            "only the answer from green must be counted"
        );
        assert_eq!(answer(&known).await, (200, vec![Green]));
        assert_eq!(lines.take_counted(), std::slice::from_ref(&answered));
    }
}
