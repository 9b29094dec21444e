//! Tests of queues through the library and through the wire API.

use std::time::Duration;

use stack_base::store::SqliteStore;
use stack_template::Queue;

use super::{Counts, Sqs};

mod rules;

fn queue(name: &str) -> Queue {
    Queue {
        logical_id: name.to_owned(),
        name: name.to_owned(),
        visibility_timeout: Duration::from_secs(30),
        delay: Duration::ZERO,
        retention: Duration::from_hours(96),
        receive_wait: Duration::ZERO,
        redrive: None,
    }
}

fn open(queues: &[Queue]) -> Sqs {
    Sqs::open(SqliteStore::in_memory([crate::SCHEMA]).unwrap(), queues, "http://127.0.0.1:4566").unwrap()
}

fn sqs() -> Sqs {
    open(&[queue("failures")])
}

#[tokio::test]
async fn a_message_is_received_hidden_and_deleted() {
    let sqs = sqs();
    sqs.send("failures", "one", "{}", None).unwrap();
    let received = sqs.receive("failures", 10, None, None).await.unwrap();
    assert_eq!((received.len(), received[0].body.as_str(), received[0].receives), (1, "one", 1));
    assert_eq!(sqs.receive("failures", 10, None, None).await.unwrap(), []);
    assert_eq!(sqs.counts("failures").unwrap(), Counts { visible: 0, in_flight: 1, delayed: 0 });
    sqs.delete("failures", &received[0].receipt).unwrap();
    assert_eq!(sqs.counts("failures").unwrap(), Counts { visible: 0, in_flight: 0, delayed: 0 });
}

#[tokio::test]
async fn a_message_that_is_not_deleted_comes_back() {
    let sqs = sqs();
    sqs.send("failures", "one", "{}", None).unwrap();
    sqs.send("failures", "two", "{}", None).unwrap();
    let first = sqs.receive("failures", 10, Some(Duration::ZERO), None).await.unwrap();
    let again = sqs.receive("failures", 10, None, None).await.unwrap();
    assert_eq!(first.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!((again.len(), again[0].receives), (2, 2));
    assert_ne!(first[0].receipt, again[0].receipt);
}

#[test]
fn a_peek_changes_nothing_and_one_message_can_be_received_by_its_id() {
    let sqs = sqs();
    sqs.send("failures", "one", "{}", None).unwrap();
    let id = sqs.send("failures", "two", "{}", None).unwrap();
    let shown = || {
        let stored = sqs.peek("failures", 10).unwrap();
        let shown = stored.into_iter().map(|message| (message.body, message.receives, message.is_hidden));
        shown.collect::<Vec<_>>()
    };
    let (one, two) = (("one".to_owned(), 0, false), ("two".to_owned(), 0, false));
    assert_eq!(shown(), [one.clone(), two]);
    assert_eq!(sqs.peek("failures", 1).unwrap().len(), 1);
    let received = sqs.receive_one("failures", &id, Duration::from_secs(30)).unwrap().unwrap();
    assert_eq!((received.body.as_str(), received.receives), ("two", 1));
    assert_eq!(shown(), [one, ("two".to_owned(), 1, true)]);
    assert_eq!(sqs.receive_one("failures", &id, Duration::ZERO).unwrap(), None, "the message is hidden");
    sqs.change_visibility("failures", &received.receipt, Duration::ZERO).unwrap();
    assert!(sqs.receive_one("failures", &id, Duration::ZERO).unwrap().is_some());
}

#[tokio::test]
async fn a_waiting_receive_returns_a_new_message() {
    let sqs = sqs();
    let waiting = tokio::spawn({
        let sqs = sqs.clone();
        async move { sqs.receive("failures", 1, None, Some(Duration::from_secs(20))).await.unwrap() }
    });
    sqs.send("failures", "late", "{}", None).unwrap();
    assert_eq!(waiting.await.unwrap()[0].body, "late");
}

#[tokio::test]
async fn a_delayed_message_is_counted_as_delayed() {
    let sqs = sqs();
    sqs.send("failures", "later", "{}", Some(Duration::from_mins(15))).unwrap();
    assert_eq!(sqs.counts("failures").unwrap(), Counts { visible: 0, in_flight: 0, delayed: 1 });
    assert_eq!(sqs.receive("failures", 1, None, None).await.unwrap(), []);
}
