//! Obligations of the appending port.

use es_core::{AppendError, Appended, EventAppender, EventReader, StoreError};
use serde_json::json;

use super::{Past, all};

/// A commit comes back as it went in: its events, all of its metadata, its snapshot.
pub async fn what_is_appended_is_loaded<S: EventReader + EventAppender>(store: S) {
    let mut past = Past::new().then(1).then(3).with_snapshot(7);
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

/// The second commit for a version is told of the first, whole, and leaves no trace.
pub async fn conflict_gives_the_winner<S: EventReader + EventAppender>(store: S) {
    let past = Past::new().then(2).with_snapshot(1);
    let late = Past::of(past.stream().clone()).then(1);
    past.append_to(&store).await;
    let error = store.append(&late.commits[0]).await.unwrap_err();
    let AppendError::Conflict { winner } = error else { panic!("not a conflict: {error}") };
    assert_eq!(*winner, past.commits[0]);
    assert_eq!(all(&store, past.stream()).await, past.commits);
}

/// A commit under the key of the one in its place is that one's repetition, and gets that one.
pub async fn same_key_gives_the_commit_that_is_there<S: EventReader + EventAppender>(store: S) {
    let past = Past::new().then(1).then(2).then(1);
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

/// The same version and even the same key in another stream is another commit.
pub async fn streams_do_not_meet<S: EventReader + EventAppender>(store: S) {
    let one = Past::new().then(1).then(1);
    let mut other = Past::new().then(2);
    other.commits[0].metadata.key = one.commits[0].metadata.key.clone();
    one.append_to(&store).await;
    other.append_to(&store).await;
    assert_eq!(all(&store, one.stream()).await, one.commits);
    assert_eq!(all(&store, other.stream()).await, other.commits);
}

/// A commit too large for the store is refused with its size and the limit, and leaves no trace.
pub async fn too_large_commit_is_refused<S: EventReader + EventAppender>(store: S) {
    let mut past = Past::new().then(1);
    past.commits[0].events[0].data = json!({ "text": "é".repeat(300_000) });
    let error = store.append(&past.commits[0]).await.unwrap_err();
    let AppendError::TooLarge { bytes, limit } = error else { panic!("not too large: {error}") };
    assert!(bytes > 600_000 && limit < bytes, "{bytes} bytes of {limit}");
    assert_eq!(all(&store, past.stream()).await, []);
}

/// A commit without an event is refused and leaves no trace.
pub async fn eventless_commit_is_refused<S: EventReader + EventAppender>(store: S) {
    let past = Past::new().then(0);
    let error = store.append(&past.commits[0]).await.unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::Corrupt { .. })), "{error}");
    assert_eq!(all(&store, past.stream()).await, []);
}
