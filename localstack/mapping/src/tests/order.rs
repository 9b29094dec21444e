//! Batches, order, lanes and checkpoints.

use std::time::Duration;

use serde_json::json;
use stack_template::StartingPosition;

use super::fixture::{Act, Fixture, Function};

fn count(calls: &[String]) -> usize {
    calls.concat().chars().count()
}

#[tokio::test]
async fn batches_are_full_when_they_can_be_and_in_order() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.batch_size = 4;
    fixture.put("abcdefghij");
    let function = Function::new(|_, _| Act::Succeed);
    fixture.start(&function);
    assert_eq!(function.calls(|calls| count(calls) == 10).await, ["abcd", "efgh", "ij"]);
}

#[tokio::test]
async fn a_window_holds_a_batch_back_until_it_is_full() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.batching_window = Duration::from_mins(5);
    fixture.mapping.batch_size = 3;
    let function = Function::new(|_, _| Act::Succeed);
    fixture.start(&function);
    for key in ["a", "b", "c"] {
        tokio::task::yield_now().await;
        fixture.put(key);
    }
    assert_eq!(function.calls(|calls| !calls.is_empty()).await, ["abc"]);
}

#[tokio::test]
async fn a_window_that_ends_delivers_what_there_is() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.batching_window = Duration::from_millis(50);
    let function = Function::new(|_, _| Act::Succeed);
    fixture.start(&function);
    fixture.put("ab");
    assert_eq!(function.calls(|calls| count(calls) == 2).await, ["ab"]);
}

#[tokio::test]
async fn a_restart_goes_on_after_the_checkpoint() {
    let fixture = Fixture::new(1);
    fixture.put("ab");
    let first =
        Function::new(|keys, _| if keys.contains(&"c".to_owned()) { Act::Hang } else { Act::Succeed });
    fixture.start(&first);
    first.calls(|calls| calls == ["ab"]).await;
    fixture.put("cd");
    // The call with c began, so the checkpoint after b is stored; and it is never answered.
    first.calls(|calls| calls == ["ab", "cd"]).await;
    fixture.stop();
    let second = Function::new(|_, _| Act::Succeed);
    fixture.start(&second);
    assert_eq!(second.calls(|calls| count(calls) == 2).await, ["cd"]);
}

#[tokio::test]
async fn under_chaos_a_batch_that_succeeded_comes_once_more() {
    let mut fixture = Fixture::new(1);
    fixture.chaos = "redeliver=1".parse().unwrap();
    let function = Function::new(|_, _| Act::Succeed);
    fixture.put("ab");
    fixture.start(&function);
    function.calls(|calls| calls == ["ab", "ab"]).await;
    fixture.put("c");
    assert_eq!(function.calls(|calls| count(calls) == 6).await, ["ab", "ab", "c", "c"]);
}

#[tokio::test]
async fn latest_starts_after_what_is_there_and_stays_there() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.starting_position = StartingPosition::Latest;
    fixture.put("ab");
    let function = Function::new(|_, _| Act::Succeed);
    fixture.start(&function);
    fixture.stop();
    fixture.put("c");
    fixture.start(&function);
    assert_eq!(function.calls(|calls| !calls.is_empty()).await, ["c"]);
}

#[tokio::test]
async fn a_key_that_hangs_holds_up_only_its_lane() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.parallelization_factor = 10;
    fixture.mapping.batch_size = 1;
    let function = Function::new(|keys, _| if keys[0] == "a" { Act::Hang } else { Act::Succeed });
    fixture.put("abcdefghijklmnopqrstuvwxyz");
    fixture.start(&function);
    let calls = function.calls(|calls| count(calls) >= 20).await;
    assert_eq!(calls.iter().filter(|call| *call == "a").count(), 1);
}

#[tokio::test]
async fn equal_keys_stay_in_order_over_lanes_and_shards() {
    let mut fixture = Fixture::new(3);
    fixture.mapping.parallelization_factor = 3;
    fixture.mapping.batch_size = 2;
    // Every third call is not reached, so lanes fall behind one another.
    let function = Function::new(|_, number| if number % 3 == 0 { Act::Throttle } else { Act::Succeed });
    fixture.put(&"abcdef".repeat(3));
    fixture.start(&function);
    let delivered = function.delivered(18, |number| number % 3 != 0).await;
    for key in ["a", "b", "c", "d", "e", "f"] {
        let of_key: Vec<&String> =
            delivered.iter().filter(|(seen, _)| seen == key).map(|(_, sequence)| sequence).collect();
        assert_eq!(of_key.len(), 3, "{key}");
        assert!(of_key.is_sorted(), "{key}");
    }
}

#[tokio::test]
async fn another_parallelization_factor_loses_nothing() {
    let mut fixture = Fixture::new(1);
    let keys = "abcdefghijklmnopqrstuvwxyz";
    fixture.mapping.parallelization_factor = 2;
    fixture.mapping.batch_size = 1;
    fixture.put(keys);
    let first = Function::new(|keys, _| if keys[0] == "d" { Act::Hang } else { Act::Succeed });
    fixture.start(&first);
    let before = first.calls(|calls| calls.len() >= 12 && calls.contains(&"d".to_owned())).await;
    fixture.stop();
    fixture.mapping.parallelization_factor = 5;
    let second = Function::new(|_, _| Act::Succeed);
    fixture.start(&second);
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
    let function = Function::new(|_, _| Act::Succeed);
    fixture.start(&function);
    function.calls(|calls| !calls.is_empty()).await;
    let mut record = function.first_event()["Records"][0].clone();
    let sequence = record["kinesis"]["sequenceNumber"].as_str().unwrap().to_owned();
    let arrival = record["kinesis"].as_object_mut().unwrap().remove("approximateArrivalTimestamp").unwrap();
    assert!(arrival.as_f64().unwrap() > 1_700_000_000.0);
    let expected = json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "a", "sequenceNumber": sequence, "data": "ZGF0YQ==",
        },
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventName": "aws:kinesis:record",
        "eventID": format!("shardId-000000000000:{sequence}"), "awsRegion": "us-east-1",
        "invokeIdentityArn": "arn:aws:iam::000000000000:role/ProjectRole",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/changes",
    });
    assert_eq!(record, expected);
}
