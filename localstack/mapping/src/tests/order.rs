//! Tests of batches, order, lanes and checkpoints.

use std::time::Duration;

use serde_json::json;
use stack_base::clock::now_ms;
use stack_template::StartingPosition;

use super::fixture::{Action, Fixture, assert_in_order, count, on_key};

#[tokio::test]
async fn batches_are_filled_in_order() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.batch_size = 4;
    fixture.put("abcdefghij");
    let function = fixture.start(|_, _| Action::Succeed);
    assert_eq!(function.calls(|calls| count(calls) == 10).await, ["abcd", "efgh", "ij"]);
}

#[tokio::test]
async fn an_open_window_waits_for_a_full_batch() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.batching_window = Duration::from_mins(5);
    fixture.mapping.batch_size = 3;
    let function = fixture.start(|_, _| Action::Succeed);
    for key in ["a", "b", "c"] {
        tokio::task::yield_now().await;
        fixture.put(key);
    }
    assert_eq!(function.calls(|calls| !calls.is_empty()).await, ["abc"]);
}

#[tokio::test]
async fn the_end_of_the_window_delivers_a_partial_batch() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.batching_window = Duration::from_millis(50);
    let function = fixture.start(|_, _| Action::Succeed);
    fixture.put("ab");
    assert_eq!(function.calls(|calls| count(calls) == 2).await, ["ab"]);
}

#[tokio::test]
async fn a_restart_continues_after_the_checkpoint() {
    let fixture = Fixture::new(1);
    fixture.put("ab");
    let first = fixture.start(on_key("c", Action::Hang));
    first.calls(|calls| calls == ["ab"]).await;
    fixture.put("cd");
    // The call with c has started, so the checkpoint after b is stored. The call never returns.
    first.calls(|calls| calls == ["ab", "cd"]).await;
    fixture.stop();
    let second = fixture.start(|_, _| Action::Succeed);
    assert_eq!(second.calls(|calls| count(calls) == 2).await, ["cd"]);
}

#[tokio::test]
async fn chaos_redelivers_a_successful_batch() {
    let mut fixture = Fixture::new(1);
    fixture.chaos = "redeliver=1".parse().unwrap();
    fixture.put("ab");
    let function = fixture.start(|_, _| Action::Succeed);
    function.calls(|calls| calls == ["ab", "ab"]).await;
    fixture.put("c");
    assert_eq!(function.calls(|calls| count(calls) == 6).await, ["ab", "ab", "c", "c"]);
}

#[tokio::test]
async fn latest_skips_existing_records_and_survives_a_restart() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.starting_position = StartingPosition::Latest;
    fixture.put("ab");
    let function = fixture.start(|_, _| Action::Succeed);
    fixture.stop();
    fixture.put("c");
    fixture.start_with(&function);
    assert_eq!(function.calls(|calls| !calls.is_empty()).await, ["c"]);
}

#[tokio::test]
async fn at_timestamp_skips_the_records_that_arrived_before() {
    let mut fixture = Fixture::new(3);
    fixture.put("abcdef");
    let last = now_ms();
    while now_ms() <= last {
        tokio::task::yield_now().await;
    }
    fixture.mapping.starting_position = StartingPosition::AtTimestamp(now_ms());
    fixture.put("ghi");
    let function = fixture.start(|_, _| Action::Succeed);
    let mut calls: Vec<char> = function.calls(|calls| count(calls) == 3).await.concat().chars().collect();
    calls.sort_unstable();
    assert_eq!(calls, ['g', 'h', 'i']);
}

#[tokio::test]
async fn a_hanging_key_blocks_only_its_lane() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.parallelization_factor = 10;
    fixture.mapping.batch_size = 1;
    fixture.put("abcdefghijklmnopqrstuvwxyz");
    let function = fixture.start(on_key("a", Action::Hang));
    let calls = function.calls(|calls| count(calls) >= 20).await;
    assert_eq!(calls.iter().filter(|call| *call == "a").count(), 1);
}

#[tokio::test]
async fn equal_keys_stay_in_order_over_lanes_and_shards() {
    let mut fixture = Fixture::new(3);
    fixture.mapping.parallelization_factor = 3;
    fixture.mapping.batch_size = 2;
    // Every third call is throttled, so some lanes fall behind the others.
    fixture.put(&"abcdef".repeat(3));
    let function =
        fixture.start(|_, number| if number % 3 == 0 { Action::Throttle } else { Action::Succeed });
    let delivered = function.delivered(18, |number| number % 3 != 0).await;
    assert_in_order(&delivered, "abcdef", 3);
}

#[tokio::test]
async fn changing_the_parallelization_factor_loses_no_record() {
    let mut fixture = Fixture::new(1);
    let keys = "abcdefghijklmnopqrstuvwxyz";
    fixture.mapping.parallelization_factor = 2;
    fixture.mapping.batch_size = 1;
    fixture.put(keys);
    let first = fixture.start(on_key("d", Action::Hang));
    let before = first.calls(|calls| calls.len() >= 12 && calls.contains(&"d".to_owned())).await;
    fixture.stop();
    fixture.mapping.parallelization_factor = 5;
    let second = fixture.start(|_, _| Action::Succeed);
    let missing = |calls: &[String]| {
        let seen = calls.concat() + &before.concat().replace('d', "");
        keys.chars().filter(|key| !seen.contains(*key)).count()
    };
    second.calls(|calls| missing(calls) == 0).await;
}

#[tokio::test]
async fn the_event_is_lambdas_kinesis_event() {
    let fixture = Fixture::new(1);
    fixture.put("a");
    let function = fixture.start(|_, _| Action::Succeed);
    function.calls(|calls| !calls.is_empty()).await;
    let mut record = function.first_event()["Records"][0].clone();
    let sequence = record["kinesis"]["sequenceNumber"].as_str().unwrap().to_owned();
    let arrival = record["kinesis"].as_object_mut().unwrap().remove("approximateArrivalTimestamp").unwrap();
    assert!(arrival.as_f64().unwrap() > 1_700_000_000.0);
    let expected = json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "a", "sequenceNumber": sequence,
            "data": "eyJrZXkiOiJhIn0=",
        },
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventName": "aws:kinesis:record",
        "eventID": format!("shardId-000000000000:{sequence}"), "awsRegion": "us-east-1",
        "invokeIdentityArn": "arn:aws:iam::000000000000:role/ProjectRole",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/changes",
    });
    assert_eq!(record, expected);
}
