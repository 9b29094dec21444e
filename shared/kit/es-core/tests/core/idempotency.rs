//! Idempotency keys: a repeated request gets the first outcome, and a different request under the same key is refused.

use std::num::NonZeroU16;

use es_core::{
    Appended, Commit, EventAppender, EventReader, Execution, ExecutionError, Expectation, StreamId,
    StreamVersion, execute,
};
use testing::InMemoryEventStore;

use crate::counter::{Counter, EVERY, add, stream};

/// Adds 1 under each of the keys `1` to `length`.
async fn counted(store: &InMemoryEventStore, stream: &StreamId, length: i64) {
    for number in 1..=length {
        let outcome = execute::<Counter, _>(store, add(stream, &number.to_string(), &[1])).await.unwrap();
        assert_eq!((outcome.state.total, outcome.replayed), (number, false));
    }
}

/// All commits of the stream.
pub(crate) async fn commits(store: &InMemoryEventStore, stream: &StreamId) -> Vec<Commit> {
    store.commits_after(stream, StreamVersion::NONE, NonZeroU16::MAX).await.unwrap()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_outcome_after_newer_commits() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let first = execute::<Counter, _>(&store, add(&stream, "1", &[1])).await.unwrap();
    for (key, by) in [("2", 10), ("3", 100)] {
        execute::<Counter, _>(&store, add(&stream, key, &[by])).await.unwrap();
    }
    let (loads, before) = (store.loads(), commits(&store, &stream).await);
    let again = execute::<Counter, _>(&store, add(&stream, "1", &[1])).await.unwrap();
    assert!(again.replayed);
    assert_eq!((again.state, again.version), (first.state, first.version));
    assert_eq!(
        store.loads(),
        loads + 1,
        "the first commit is among the loaded ones, so one load must suffice"
    );
    assert_eq!(commits(&store, &stream).await, before);
}

#[tokio::test]
async fn a_key_that_only_a_snapshot_remembers_gets_the_first_outcome() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let length = 3 * i64::from(EVERY.get());
    counted(&store, &stream, length).await;
    let appends = store.appends();
    for number in 1..=length {
        let again = execute::<Counter, _>(&store, add(&stream, &number.to_string(), &[1])).await.unwrap();
        assert!(again.replayed, "request {number}");
        assert_eq!((again.state.total, again.version.get()), (number, number.unsigned_abs()));
    }
    assert_eq!(store.appends(), appends);
}

#[tokio::test]
async fn a_key_used_for_another_request_is_refused() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    counted(&store, &stream, 2 * i64::from(EVERY.get())).await;
    for key in ["1", "8"] {
        let error = execute::<Counter, _>(&store, add(&stream, key, &[2])).await.unwrap_err();
        assert!(matches!(error, ExecutionError::KeyReused), "{error}");
    }
    let unread = Execution { expectation: Expectation::New, ..add(&stream, "1", &[2]) };
    let error = execute::<Counter, _>(&store, unread).await.unwrap_err();
    assert!(matches!(error, ExecutionError::KeyReused), "{error}");
}

#[tokio::test]
async fn a_repeated_creation_gets_the_first_outcome_without_a_read() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let create = || Execution { expectation: Expectation::New, ..add(&stream, "create", &[1, 2]) };
    let first = execute::<Counter, _>(&store, create()).await.unwrap();
    execute::<Counter, _>(&store, add(&stream, "later", &[10])).await.unwrap();
    let loads = store.loads();
    let again = execute::<Counter, _>(&store, create()).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!((again.state, again.version), (first.state, first.version));
    assert_eq!(store.loads(), loads);
}

#[tokio::test]
async fn a_retried_write_that_had_taken_place_does_not_count_as_a_repeated_request() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let create = Execution { expectation: Expectation::New, ..add(&stream, "create", &[1]) };
    let first = execute::<Counter, _>(&store, create.clone()).await.unwrap();
    let commit = commits(&store, &stream).await.remove(0);
    assert_eq!(store.append(&commit).await.unwrap(), Appended::AlreadyThere(Box::new(commit)));
    assert_eq!(execute::<Counter, _>(&store, create).await.unwrap(), first);
}
