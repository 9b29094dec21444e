//! Tests that a rebuild reaches the same result if it crashes at any request.

use std::time::Duration;

use operators::rebuild::CompareState;
use shop_testing as shop;
use testing::dynamodb::Fault;
use tokio::task::yield_now;

use crate::world::{World, in_two_minutes};

/// Runs a rebuild as if it crashed: `requests` requests succeed, the next one gets the fault `end`, and the rebuild is
/// dropped at that request. Returns false if the rebuild finished with fewer requests.
async fn crash(world: &World, table: &str, requests: usize, end: Fault) -> bool {
    world.db.faults().script(std::iter::repeat_n(Fault::None, requests).chain([end]));
    let build = world.job(table, 1);
    let over = async {
        while !world.db.faults().are_over() {
            yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = over => true,
        done = build.run(in_two_minutes()) => {
            done.unwrap();
            world.db.faults().clear();
            false
        }
    }
}

async fn crash_at_every_request(end: Fault) {
    let world = World::new().await;
    let mut requests = 0;
    loop {
        let built = world.db.query_table().await;
        if !crash(&world, &built, requests, end.clone()).await {
            break;
        }
        let report = world.build(&built).await;
        assert_eq!(
            report.progress.counts.commits,
            shop::commits().len() as u64,
            "crash after {requests} requests"
        );
        let compared = world.compare(&built).await;
        assert_eq!(
            compared.state,
            CompareState::Equal,
            "crash after {requests} requests: {:?}",
            compared.differences
        );
        requests += 1;
    }
    assert!(requests > 20, "only {requests} requests");
}

#[tokio::test]
async fn a_crash_before_any_request_loses_nothing() {
    crash_at_every_request(Fault::Delayed(Duration::from_hours(1))).await;
}

#[tokio::test]
async fn a_crash_after_any_request_loses_nothing() {
    crash_at_every_request(Fault::LostAnswer).await;
}

#[tokio::test]
async fn several_crashes_in_a_row_lose_nothing() {
    let (world, built) = World::with_table().await;
    let mut crashes = 0;
    while crash(&world, &built, 5 + 2 * crashes, Fault::LostAnswer).await {
        crashes += 1;
        assert!(crashes < 50, "the rebuild makes no progress");
    }
    assert!(crashes > 0);
    assert_eq!(world.compare(&built).await.state, CompareState::Equal);
}
