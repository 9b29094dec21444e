//! When an execution stores a snapshot, and when it leaves the snapshot out.

use std::num::NonZeroU16;

use es_core::{EventReader, Load, SnapshotCheck, SnapshotPolicy, StreamId, execute};
use testing::InMemoryEventStore;

use crate::counter::{Command, Counter, EVERY, add, request, stream};
use crate::idempotency::commits;

async fn loaded(store: &InMemoryEventStore, stream: &StreamId) -> usize {
    store
        .load(Load { stream, upto: None, check: SnapshotCheck::of::<Counter>, page: EVERY })
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn every_fourth_commit_has_a_snapshot_and_a_load_reads_at_most_four_commits() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    for number in 1..=50_u16 {
        execute::<Counter, _>(&store, add(&stream, &number.to_string(), &[1, 1])).await.unwrap();
        assert!(loaded(&store, &stream).await <= usize::from(EVERY.get()));
    }
    for (commit, number) in commits(&store, &stream).await.iter().zip(1..) {
        assert_eq!(commit.snapshot.is_some(), number % EVERY.get() == 0, "commit {number}");
        if let Some(snapshot) = &commit.snapshot {
            assert_eq!(snapshot.state["total"], commit.last().get());
        }
    }
}

#[tokio::test]
async fn a_snapshot_that_makes_a_commit_too_large_is_left_out_and_tried_again_at_the_next_commit() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    for number in 1..EVERY.get() {
        execute::<Counter, _>(&store, add(&stream, &number.to_string(), &[1])).await.unwrap();
    }
    let pad = execute::<Counter, _>(&store, request(&stream, "pad", Command::Pad(500_000))).await.unwrap();
    let next = execute::<Counter, _>(&store, add(&stream, "next", &[1])).await.unwrap();
    assert_eq!((pad.version.get(), next.version.get()), (4, 5));
    assert_eq!(next.state.padding.len(), 500_000);
    assert!(commits(&store, &stream).await.iter().all(|commit| commit.snapshot.is_none()));
    let tries = 3 + 2 * 2;
    assert_eq!(store.appends(), tries);
}

#[test]
fn a_load_reads_half_more_commits_than_a_snapshot_is_apart() {
    let page = |every| SnapshotPolicy { schema: 1, every: NonZeroU16::new(every).unwrap() }.page().get();
    assert_eq!([1, 4, 5, 8, u16::MAX].map(page), [1, 6, 7, 12, u16::MAX]);
    assert_eq!(SnapshotPolicy::schema(1).page().get(), 12);
}
