//! The obligations of the port for appending.

use es_core::{AppendError, Appended, EventAppender, EventReader, StoreError};
use serde_json::json;

use super::{StreamBuilder, all};

/// A commit is loaded as it was appended, with its events, all its metadata and its snapshot.
pub async fn a_commit_is_loaded_as_it_was_appended<S: EventReader + EventAppender>(store: S) {
    let mut past = StreamBuilder::new().then(1).then(3).with_snapshot(7);
    let commit = &mut past.commits[1];
    commit.metadata.actor = "Zoë \"☕\" 日本\n".into();
    commit.metadata.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    commit.events[0].data =
        json!({ "text": "\u{1F9E6} \u{0}", "none": null, "big": i64::MIN, "deep": [[{}]] });
    commit.events[1].data = json!({});
    commit.events[2].schema = 4;
    past.append_to(&store).await;
    assert_eq!(all(&store, past.stream()).await, past.commits);
}

/// The second commit for a version gets the complete first commit in the error, and leaves nothing behind.
pub async fn a_conflict_returns_the_stored_commit<S: EventReader + EventAppender>(store: S) {
    let past = StreamBuilder::new().then(2).with_snapshot(1);
    let late = StreamBuilder::on_stream(past.stream().clone()).then(1);
    past.append_to(&store).await;
    let error = store.append(&late.commits[0]).await.unwrap_err();
    let AppendError::Conflict { winner } = error else {
        panic!("the append must fail with a conflict: {error}")
    };
    assert_eq!(*winner, past.commits[0]);
    assert_eq!(all(&store, past.stream()).await, past.commits);
}

/// A commit with the same key as the stored commit of its version is a repeat, and the append returns the stored
/// commit.
pub async fn a_repeated_append_returns_the_stored_commit<S: EventReader + EventAppender>(store: S) {
    let past = StreamBuilder::new().then(1).then(2).then(1);
    past.append_to(&store).await;
    let stored = &past.commits[1];
    let mut repeated = stored.clone();
    repeated.metadata.causation_id = "another request".into();
    for commit in [stored, &repeated] {
        let appended = store.append(commit).await.unwrap();
        assert_eq!(appended, Appended::AlreadyThere(Box::new(stored.clone())));
    }
    assert_eq!(all(&store, past.stream()).await, past.commits);
}

/// Commits of different streams are independent, even with the same version and the same key.
pub async fn streams_are_independent<S: EventReader + EventAppender>(store: S) {
    let one = StreamBuilder::new().then(1).then(1);
    let mut other = StreamBuilder::new().then(2);
    other.commits[0].metadata.key = one.commits[0].metadata.key.clone();
    one.append_to(&store).await;
    other.append_to(&store).await;
    assert_eq!(all(&store, one.stream()).await, one.commits);
    assert_eq!(all(&store, other.stream()).await, other.commits);
}

/// A commit that is too large is refused with its size and the limit, and leaves nothing behind.
pub async fn a_commit_that_is_too_large_is_refused<S: EventReader + EventAppender>(store: S) {
    let mut past = StreamBuilder::new().then(1);
    past.commits[0].events[0].data = json!({ "text": "é".repeat(300_000) });
    let error = store.append(&past.commits[0]).await.unwrap_err();
    let AppendError::TooLarge { bytes, limit } = error else {
        panic!("the append must fail because of the size: {error}")
    };
    assert!(bytes > 600_000 && limit < bytes, "{bytes} bytes of {limit}");
    assert_eq!(all(&store, past.stream()).await, []);
}

/// A commit without events is refused and leaves nothing behind.
pub async fn a_commit_without_events_is_refused<S: EventReader + EventAppender>(store: S) {
    let past = StreamBuilder::new().then(0);
    let error = store.append(&past.commits[0]).await.unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::Corrupt { .. })), "{error}");
    assert_eq!(all(&store, past.stream()).await, []);
}
