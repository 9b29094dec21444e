//! Tests of filter criteria: dropped records are not delivered, and the mapping moves past them.

use super::fixture::{Action, Fixture, count, on_key};

const NO_VOWELS: &str = r#"{"data": {"key": [{"anything-but": ["a", "e", "i"]}]}}"#;

#[tokio::test]
async fn dropped_records_are_not_delivered() {
    let mut fixture = Fixture::new(1);
    fixture.filter(NO_VOWELS);
    fixture.mapping.batch_size = 4;
    fixture.put("abcdaeiaefghi");
    let function = fixture.start(|_, _| Action::Succeed);
    assert_eq!(function.calls(|calls| count(calls) == 6).await, ["bcd", "fgh"]);
}

#[tokio::test]
async fn a_restart_continues_after_the_dropped_records() {
    let mut fixture = Fixture::new(1);
    fixture.filter(NO_VOWELS);
    fixture.put("bae");
    let first = fixture.start(on_key("z", Action::Hang));
    first.calls(|calls| calls == ["b"]).await;
    fixture.put("z");
    // The call with z has started, so the checkpoint after the dropped e is stored.
    first.calls(|calls| calls == ["b", "z"]).await;
    fixture.stop();
    fixture.mapping.filters = None;
    let second = fixture.start(|_, _| Action::Succeed);
    assert_eq!(second.calls(|calls| count(calls) == 1).await, ["z"]);
}

#[tokio::test]
async fn a_failed_batch_is_retried_without_the_dropped_records() {
    let mut fixture = Fixture::new(1);
    fixture.filter(NO_VOWELS);
    fixture.put("abed");
    let function = fixture.start(|_, call| if call == 0 { Action::Report(&["d"]) } else { Action::Succeed });
    assert_eq!(function.calls(|calls| count(calls) == 3).await, ["bd", "d"]);
}
