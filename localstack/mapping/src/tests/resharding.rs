//! Tests of a stream that is resharded while a mapping reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fixture::{Action, Fixture, assert_in_order, count, on_key};

const KEYS: &str = "abcdefghijklmnopqrstuvwxyz";

#[tokio::test]
async fn children_wait_until_every_lane_of_their_parents_is_finished() {
    let mut fixture = Fixture::new(2);
    fixture.mapping.parallelization_factor = 2;
    fixture.mapping.batch_size = 1;
    fixture.mapping.maximum_retries = None;
    let held = Arc::new(AtomicBool::new(true));
    let holds = Arc::clone(&held);
    fixture.put(KEYS);
    let function = fixture.start(move |keys, _| {
        if keys[0] == "a" && holds.load(Ordering::SeqCst) { Action::Throttle } else { Action::Succeed }
    });
    // The lane of a is blocked. Its shard is therefore not finished, and the merged shard waits for it.
    fixture.reshard(1);
    fixture.put("A");
    function.calls(|calls| calls.iter().filter(|call| *call == "a").count() >= 3).await;
    let before = function.calls(|_| true).await;
    assert!(!before.contains(&"A".to_owned()), "{before:?}");
    held.store(false, Ordering::SeqCst);
    let calls = function.calls(|calls| calls.contains(&"A".to_owned())).await;
    let place = |key: &str| calls.iter().rposition(|call| call == key).unwrap();
    assert!(KEYS.chars().all(|key| place(&key.to_string()) < place("A")));
}

#[tokio::test]
async fn equal_keys_stay_in_order_through_splits_and_merges() {
    let mut fixture = Fixture::new(2);
    fixture.mapping.batch_size = 3;
    fixture.mapping.maximum_retries = None;
    let function = fixture.start(|_, number| if number % 3 == 0 { Action::Fail } else { Action::Succeed });
    for shards in [4, 3, 2, 1, 2] {
        fixture.put(KEYS);
        fixture.reshard(shards);
    }
    fixture.put(KEYS);
    let delivered = function.delivered(6 * 26, |number| number % 3 != 0).await;
    assert_in_order(&delivered, KEYS, 6);
}

#[tokio::test]
async fn a_restart_skips_finished_parents_and_delays_children() {
    let fixture = Fixture::new(1);
    fixture.put("ab");
    let first = fixture.start(on_key("c", Action::Hang));
    first.calls(|calls| count(calls) == 2).await;
    fixture.put("c");
    first.calls(|calls| count(calls) == 3).await;
    fixture.reshard(2);
    fixture.put("def");
    fixture.stop();
    let second = fixture.start(|_, _| Action::Succeed);
    let calls = second.calls(|calls| count(calls) == 4).await;
    assert_eq!(calls[0], "c");
    fixture.stop();
    fixture.put("g");
    let third = fixture.start(|_, _| Action::Succeed);
    assert_eq!(third.calls(|calls| !calls.is_empty()).await, ["g"]);
}

#[tokio::test]
async fn a_mapping_at_latest_reads_new_shards_from_their_start() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.starting_position = stack_template::StartingPosition::Latest;
    fixture.put("ab");
    let function = fixture.start(|_, _| Action::Succeed);
    fixture.stop();
    fixture.reshard(2);
    fixture.put("cd");
    fixture.start_with(&function);
    let calls = function.calls(|calls| count(calls) == 2).await;
    assert!(!calls.concat().contains(['a', 'b']), "{calls:?}");
}
