//! Tests which generation of the query table answers, and how many requests that takes.

use std::time::Duration;

use http_api::GatewayResponse;
use queries::{dispatch, live};
use testing::StoppedClock;
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::gateway::{Answered, sample};
use view_store::{DynamoGenerations, Generation, Generations, KnownGenerations};

use crate::{querying, request};

const MAX_AGE: Duration = Duration::from_secs(10);

/// A stack whose generation blue has a product. The generation green is empty.
struct Stack {
    db: LocalDynamoDb,
    blue: String,
    green: String,
    switch: DynamoGenerations,
    known: KnownGenerations,
}

impl Stack {
    async fn new() -> Self {
        let (db, views) =
            crate::products(3, &[("espresso-beans-1kg", "Espresso beans", 1_899, "active")]).await;
        let (blue, green) = (views.table.name().to_owned(), db.query_table().await);
        let switch = DynamoGenerations::new(db.client(), db.operations_table().await);
        let known = KnownGenerations::new(switch.clone(), MAX_AGE, StoppedClock::shared());
        db.recorder().clear();
        Self { db, blue, green, switch, known }
    }

    async fn answer(&self, event: http_api::GatewayEvent) -> Answered {
        let request = request(event);
        let read = async |generation| -> GatewayResponse {
            let table = if generation == Generation::Blue { &self.blue } else { &self.green };
            dispatch("get-product", self.db.client(), table, &request).await.unwrap()
        };
        Answered::from(live::answer(&self.known, &request, read).await)
    }

    async fn get(&self) -> i64 {
        self.answer(sample("get-product", "get")).await.status
    }

    async fn make_live(&self, live: Generation) {
        let before = self.switch.load().await.unwrap();
        let after = Generations { live, since: before.since + 1, ..before };
        assert!(self.switch.change(&before, &after).await.unwrap());
        self.db.recorder().clear();
    }
}

/// The requests since the last call, without regard to their order.
fn requests(stack: &Stack) -> Vec<String> {
    let mut requests = stack.db.recorder().requests().iter().map(ToString::to_string).collect::<Vec<_>>();
    requests.sort();
    stack.db.recorder().clear();
    requests
}

#[tokio::test]
async fn a_call_within_the_maximum_age_sends_no_further_request() {
    let stack = Stack::new().await;
    assert_eq!(stack.get().await, 200);
    assert_eq!(requests(&stack), ["GetItem", "GetItem"], "the first call reads the switch beside the view");
    for _ in 0..3 {
        assert_eq!(stack.get().await, 200);
        assert_eq!(requests(&stack), ["GetItem"]);
    }
    tokio::time::pause();
    tokio::time::advance(MAX_AGE).await;
    tokio::time::resume();
    assert_eq!(stack.get().await, 200);
    assert_eq!(requests(&stack), ["GetItem", "GetItem"]);
}

#[tokio::test]
async fn a_new_instance_answers_from_the_live_generation() {
    let stack = Stack::new().await;
    stack.make_live(Generation::Green).await;
    assert_eq!(stack.get().await, 404, "green is empty");
    assert_eq!(requests(&stack), ["GetItem", "GetItem", "GetItem"], "it had taken blue for the live one");
    assert_eq!(stack.get().await, 404);
    assert_eq!(requests(&stack), ["GetItem"]);
}

#[tokio::test]
async fn what_is_known_is_used_up_to_the_maximum_age_and_no_longer() {
    let stack = Stack::new().await;
    assert_eq!(stack.get().await, 200);
    stack.make_live(Generation::Green).await;
    assert_eq!(stack.get().await, 200);
    tokio::time::pause();
    tokio::time::advance(MAX_AGE).await;
    tokio::time::resume();
    assert_eq!(stack.get().await, 404);
}

#[tokio::test]
async fn a_query_fails_if_the_live_generation_is_unknown() {
    let stack = Stack::new().await;
    stack.db.faults().script([Fault::Throttled, Fault::None]);
    assert_eq!(stack.get().await, 503);
    assert_eq!(stack.get().await, 200);
}

#[tokio::test]
async fn an_invalid_request_reads_no_switch() {
    let stack = Stack::new().await;
    assert_eq!(stack.answer(querying("get-product", "get", "nothing=1")).await.status, 400);
    assert_eq!(requests(&stack), [""; 0]);
}
