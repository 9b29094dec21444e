//! A stream that is resharded while a mapping reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fixture::{Act, Fixture, Function};

const KEYS: &str = "abcdefghijklmnopqrstuvwxyz";

fn count(calls: &[String]) -> usize {
    calls.concat().chars().count()
}

#[tokio::test]
async fn children_wait_until_every_lane_of_their_parents_is_done() {
    let mut fixture = Fixture::new(2);
    fixture.mapping.parallelization_factor = 2;
    fixture.mapping.batch_size = 1;
    fixture.mapping.maximum_retries = None;
    let held = Arc::new(AtomicBool::new(true));
    let holds = Arc::clone(&held);
    let function = Function::new(move |keys, _| {
        if keys[0] == "a" && holds.load(Ordering::SeqCst) { Act::Throttle } else { Act::Succeed }
    });
    fixture.put(KEYS);
    fixture.start(&function);
    // The lane of a stands still, so its shard is not done with, and the merged shard waits for it.
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
    let function = Function::new(|_, number| if number % 3 == 0 { Act::Fail } else { Act::Succeed });
    fixture.start(&function);
    for shards in [4, 3, 2, 1, 2] {
        fixture.put(KEYS);
        fixture.reshard(shards);
    }
    fixture.put(KEYS);
    let delivered = function.delivered(6 * 26, |number| number % 3 != 0).await;
    for key in KEYS.chars().map(String::from) {
        let of_key: Vec<&String> =
            delivered.iter().filter(|(seen, _)| *seen == key).map(|(_, sequence)| sequence).collect();
        assert_eq!(of_key.len(), 6, "{key}");
        assert!(of_key.is_sorted(), "{key}");
    }
}

#[tokio::test]
async fn a_restart_reads_neither_a_finished_parent_again_nor_a_child_too_early() {
    let fixture = Fixture::new(1);
    fixture.put("ab");
    let first =
        Function::new(|keys, _| if keys.contains(&"c".to_owned()) { Act::Hang } else { Act::Succeed });
    fixture.start(&first);
    first.calls(|calls| count(calls) == 2).await;
    fixture.put("c");
    first.calls(|calls| count(calls) == 3).await;
    fixture.reshard(2);
    fixture.put("def");
    fixture.stop();
    let second = Function::new(|_, _| Act::Succeed);
    fixture.start(&second);
    let calls = second.calls(|calls| count(calls) == 4).await;
    assert_eq!(calls[0], "c");
    fixture.stop();
    fixture.put("g");
    let third = Function::new(|_, _| Act::Succeed);
    fixture.start(&third);
    assert_eq!(third.calls(|calls| !calls.is_empty()).await, ["g"]);
}

#[tokio::test]
async fn a_mapping_that_starts_at_latest_reads_new_shards_from_their_beginning() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.starting_position = stack_template::StartingPosition::Latest;
    fixture.put("ab");
    let function = Function::new(|_, _| Act::Succeed);
    fixture.start(&function);
    fixture.stop();
    fixture.reshard(2);
    fixture.put("cd");
    fixture.start(&function);
    let calls = function.calls(|calls| count(calls) == 2).await;
    assert!(!calls.concat().contains(['a', 'b']), "{calls:?}");
}
