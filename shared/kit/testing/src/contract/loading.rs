//! The obligations of reading one stream.

use std::num::NonZeroU16;

use es_core::{Commit, EventAppender, EventReader, Load, StreamVersion};
use serde_json::json;

use super::{StreamBuilder, UNUSED_SCHEMA, all, at_page, check_schema, stream};

const SCHEMA: u32 = 3;
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(3);

async fn loaded(store: &impl EventReader, past: &StreamBuilder, upto: Option<u64>) -> Vec<Commit> {
    let upto = upto.map(StreamVersion::new);
    store.load(Load { stream: past.stream(), upto, check: check_schema::<SCHEMA>, page: PAGE }).await.unwrap()
}

/// A stream that does not exist has no commits.
pub async fn a_missing_stream_is_empty<S: EventReader + EventAppender>(store: S) {
    StreamBuilder::new().then(1).append_to(&store).await;
    let missing = stream();
    assert_eq!(all(&store, &missing).await, []);
    assert_eq!(store.commits_after(&missing, StreamVersion::NONE, PAGE).await.unwrap(), []);
}

/// A load starts at the newest usable snapshot, at any position within a page.
pub async fn a_load_starts_at_the_newest_snapshot<S: EventReader + EventAppender>(store: S) {
    for behind in 0..=5 {
        let past = StreamBuilder::new().then(1).with_snapshot(SCHEMA).then(2).then(2).with_snapshot(SCHEMA);
        let past = (0..behind).fold(past, |past, _| past.then(1));
        past.append_to(&store).await;
        assert_eq!(
            loaded(&store, &past, None).await,
            past.commits[2..],
            "{behind} commits after the snapshot"
        );
    }
}

/// A load ignores snapshots of another schema.
pub async fn a_load_ignores_snapshots_of_another_schema<S: EventReader + EventAppender>(store: S) {
    let past = StreamBuilder::new().then(1).with_snapshot(SCHEMA - 1).then(1);
    let past = past.then(1).with_snapshot(SCHEMA + 1).then(1);
    past.append_to(&store).await;
    assert_eq!(loaded(&store, &past, None).await, past.commits);
    let past = StreamBuilder::new().then(1).then(1).with_snapshot(SCHEMA).then(1).with_snapshot(SCHEMA + 1);
    past.append_to(&store).await;
    assert_eq!(loaded(&store, &past, None).await, past.commits[1..]);
}

/// A load up to a version has no later event, and starts at the newest snapshot at or before that version.
pub async fn a_load_stops_at_a_version<S: EventReader + EventAppender>(store: S) {
    let past =
        StreamBuilder::new().then(1).then(2).with_snapshot(SCHEMA).then(3).then(1).with_snapshot(SCHEMA);
    past.append_to(&store).await;
    let expected = [(0, 0..0), (1, 0..1), (2, 0..1), (3, 1..2), (5, 1..2), (6, 1..3), (7, 3..4), (9, 3..4)];
    for (upto, commits) in expected {
        assert_eq!(loaded(&store, &past, Some(upto)).await, past.commits[commits], "up to {upto}");
    }
}

/// A load without a usable snapshot reads all pages back to version 1.
pub async fn a_load_reads_all_pages<S: EventReader + EventAppender>(store: S) {
    let past = (0..11).fold(StreamBuilder::new(), |past, number| past.then(1 + number % 3));
    past.append_to(&store).await;
    for page in [1, 2, 3, 10, 11, 12] {
        assert_eq!(at_page(&store, past.stream(), page).await, past.commits, "{page} a page");
    }
}

/// Commits that are too large for one response are loaded completely. `DynamoDB` limits a response to 1 MB.
pub async fn large_commits_are_read_completely<S: EventReader + EventAppender>(store: S) {
    let mut past = (0..7).fold(StreamBuilder::new(), |past, number| past.then(1 + number % 3));
    for commit in &mut past.commits {
        commit.events[0].data = json!({ "text": "x".repeat(380_000) });
    }
    past.append_to(&store).await;
    assert_eq!(all(&store, past.stream()).await, past.commits);
    let limit = NonZeroU16::MIN.saturating_add(4);
    let commits = store.commits_after(past.stream(), StreamVersion::NONE, limit).await.unwrap();
    assert_eq!(commits, past.commits[..5]);
}

/// Pages of commits go on after the last version of a page, whatever number of events its commits have. Each commit is
/// returned once.
pub async fn pages_of_commits_go_on_after_their_last_version<S: EventReader + EventAppender>(store: S) {
    let past = [3, 1, 2, 4, 1, 1, 5, 2].into_iter().fold(StreamBuilder::new(), StreamBuilder::then);
    past.append_to(&store).await;
    for limit in 1..=9 {
        let (mut found, mut after) = (Vec::new(), StreamVersion::NONE);
        let limit = NonZeroU16::new(limit).unwrap();
        for _ in 0..=past.commits.len() {
            let page = store.commits_after(past.stream(), after, limit).await.unwrap();
            assert!(page.len() <= usize::from(limit.get()));
            let Some(last) = page.last() else { break };
            after = last.last();
            found.extend(page);
        }
        assert_eq!(found, past.commits, "{limit} a page");
    }
}

/// The commits after a version are returned oldest first, limited in number, and without commits that start earlier.
pub async fn commits_after_a_version_are_limited_and_in_order<S: EventReader + EventAppender>(store: S) {
    let past = StreamBuilder::new().then(1).then(2).with_snapshot(UNUSED_SCHEMA).then(3).then(1);
    past.append_to(&store).await;
    let cases =
        [(0, 9, 0..4), (0, 2, 0..2), (1, 1, 1..2), (2, 9, 2..4), (3, 9, 2..4), (4, 9, 3..4), (7, 9, 4..4)];
    for (after, limit, expected) in cases {
        let limit = NonZeroU16::new(limit).unwrap();
        let commits = store.commits_after(past.stream(), StreamVersion::new(after), limit).await.unwrap();
        assert_eq!(commits, past.commits[expected], "{limit} after {after}");
    }
}
