//! Many writers of one stream: how many commands are accepted, what they cost, and which commits carry snapshots.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use es_core::{
    Decider, ExecutionError, Expectation, MAX_ATTEMPTS, StreamId, StreamVersion, Versions, execute,
};
use testing::InMemoryEventStore;
use tokio::task::JoinSet;

use crate::counter::{Counter, EVERY, add, stream};
use crate::distant::DistantStore;
use crate::idempotency::commits;
use crate::rivals::Rivals;

const WRITERS: usize = 16;
const COMMANDS: usize = 15;

/// Executes [`COMMANDS`] commands one after another and returns the number of accepted ones.
async fn writer(number: usize, store: Arc<DistantStore>, stream: StreamId) -> usize {
    let mut accepted = 0;
    for command in 0..COMMANDS {
        match execute::<Counter, _>(&*store, add(&stream, &format!("{number}-{command}"), &[1])).await {
            Ok(outcome) => {
                assert!(!outcome.replayed && outcome.conflicts < MAX_ATTEMPTS);
                accepted += 1;
            }
            Err(ExecutionError::Contended { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    accepted
}

#[tokio::test(start_paused = true)]
async fn sixteen_writers_of_one_stream_rarely_give_up_and_need_few_requests() {
    let (seeds, mut all, mut requests) = (20, 0, 0);
    for seed in 0..seeds {
        let (store, stream) = (Arc::new(DistantStore::new(seed)), stream());
        let writers: JoinSet<_> =
            (0..WRITERS).map(|number| writer(number, Arc::clone(&store), stream.clone())).collect();
        let accepted: usize = writers.join_all().await.into_iter().sum();
        let stored = commits(&store.store, &stream).await;
        let keys: BTreeSet<_> = stored.iter().map(|commit| commit.metadata.key.as_str()).collect();
        assert_eq!(
            (stored.len(), keys.len()),
            (accepted, accepted),
            "seed {seed}: a command was lost or doubled"
        );
        assert!(accepted >= 235, "seed {seed}: {accepted} of {} commands", WRITERS * COMMANDS);
        (all, requests) = (all + accepted, requests + store.requests());
    }
    let commands = usize::try_from(seeds).unwrap() * WRITERS * COMMANDS;
    assert!(100 * all >= 99 * commands, "{all} of {commands} commands");
    assert!(requests <= 8 * all, "{requests} requests for {all} commands");
}

#[tokio::test]
async fn the_first_retry_follows_at_once_and_later_pauses_grow_up_to_a_limit() {
    let store = Rivals::new(u32::MAX);
    let error = execute::<Counter, _>(&store, add(&stream(), "mine", &[1])).await.unwrap_err();
    assert!(matches!(error, ExecutionError::Contended { attempts: MAX_ATTEMPTS }), "{error}");
    let pauses = store.store.pauses();
    let expected: Vec<_> = [5, 30, 160, 160, 160, 160, 160, 160, 160].map(Duration::from_millis).into();
    assert_eq!(pauses, expected, "after two attempts each, and not after the last of the twenty");
    let sum: Duration = pauses.iter().sum();
    assert!(sum < Duration::from_millis(1_200), "all pauses of a command take {sum:?}");
}

#[tokio::test]
async fn after_a_pause_the_commits_of_other_writers_are_read_and_folded_in() {
    let (store, stream) = (Rivals::new(2).and_during_a_pause(5, "rival"), stream());
    let outcome = execute::<Counter, _>(&store, add(&stream, "mine", &[1, 2])).await.unwrap();
    assert_eq!((outcome.state.total, outcome.version.get(), outcome.conflicts), (703, 9, 2));
    // Two attempts and their rivals, the five rivals during the pause, and the last attempt.
    assert_eq!((store.store.loads(), store.store.appends()), (1, 4 + 5 + 1));
}

/// A pause is followed by a read of up to 64 commits. The next two commits are those that refuse the next two attempts, and
/// the read after the second pause begins after them.
#[tokio::test]
async fn more_commits_than_one_read_returns_are_all_folded_in() {
    for (commits, conflicts) in [(64, 2), (65, 3), (66, 4), (67, 4), (130, 4), (131, 5)] {
        let (store, stream) = (Rivals::new(2).with_events(3).and_during_a_pause(commits, "rival"), stream());
        let outcome = execute::<Counter, _>(&store, add(&stream, "mine", &[1, 2])).await.unwrap();
        let rivals = commits + 2;
        assert_eq!(
            (outcome.state.total.unsigned_abs(), outcome.version.get(), outcome.conflicts),
            (300 * rivals + 3, 3 * rivals + 2, conflicts),
            "{commits} commits during the pause"
        );
        assert_eq!((outcome.replayed, outcome.appended, store.store.loads()), (false, 2, 1));
    }
}

/// The repeat is among the commits of the first read, of the two refused attempts, or of the second read.
#[tokio::test]
async fn a_repeat_of_the_request_is_recognized_wherever_the_execution_meets_it() {
    for number in [0, 63, 64, 65, 66, 69] {
        let (store, stream) = (Rivals::new(2).with_events(3).and_during_a_pause(70, "mine"), stream());
        let mine = add(&stream, &format!("mine-{number}"), &[100; 3]);
        let outcome = execute::<Counter, _>(&store, mine).await.unwrap();
        assert!(outcome.replayed && outcome.appended == 0, "commit {number}");
        let rivals = number + 3;
        let state = (outcome.state.total.unsigned_abs(), outcome.version.get());
        assert_eq!(state, (300 * rivals, 3 * rivals), "the state right after commit {number}");
        assert_eq!(commits(&store.store, &stream).await.len(), 72);
    }
}

#[tokio::test]
async fn an_expectation_is_checked_against_what_was_read_after_a_pause() {
    let (store, stream) = (Rivals::new(2).and_during_a_pause(1, "rival"), stream());
    let mut late = add(&stream, "mine", &[1]);
    late.expectation =
        Expectation::Version { one_of: None, none_of: Some(Versions::Listed(vec![StreamVersion::new(3)])) };
    let error = execute::<Counter, _>(&store, late).await.unwrap_err();
    assert!(matches!(error, ExecutionError::Stale { actual } if actual.get() == 3), "{error}");
}

#[tokio::test]
async fn a_repeat_of_the_request_that_is_executed_during_a_pause_is_recognized() {
    for (by, is_same) in [(100, true), (7, false)] {
        let (store, stream) = (Rivals::new(2).and_during_a_pause(3, "mine"), stream());
        let mine = add(&stream, "mine-1", &[by]);
        let result = execute::<Counter, _>(&store, mine).await;
        if is_same {
            let outcome = result.unwrap();
            assert!(outcome.replayed && outcome.appended == 0);
            assert_eq!(
                (outcome.state.total, outcome.version.get()),
                (400, 4),
                "the state right after the commit"
            );
        } else {
            let error = result.unwrap_err();
            assert!(matches!(error, ExecutionError::KeyReused), "{error}");
        }
        assert_eq!(commits(&store.store, &stream).await.len(), 5);
    }
}

#[tokio::test]
async fn a_retry_carries_no_snapshot_and_the_next_commit_without_a_conflict_carries_it() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    for number in 1..EVERY.get() - 1 {
        execute::<Counter, _>(&store, add(&stream, &number.to_string(), &[1])).await.unwrap();
    }
    // The snapshot is due at the fourth commit, which is the retry of a command.
    let store = Rivals::around(store, 1);
    let retried = execute::<Counter, _>(&store, add(&stream, "retried", &[1])).await.unwrap();
    assert_eq!((retried.version.get(), retried.conflicts), (4, 1));
    execute::<Counter, _>(&store, add(&stream, "next", &[1])).await.unwrap();
    let snapshots: Vec<_> =
        commits(&store.store, &stream).await.iter().map(|commit| commit.snapshot.is_some()).collect();
    assert_eq!(snapshots, [false, false, false, false, true]);
}

#[tokio::test]
async fn a_stream_whose_writers_always_conflict_gets_snapshots_and_a_load_reads_one_page() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let page = usize::from(Counter::SNAPSHOT.page().get());
    for number in 0..100 {
        let store = Rivals::around(store.clone(), 1);
        execute::<Counter, _>(&store, add(&stream, &number.to_string(), &[1])).await.unwrap();
        let all = commits(&store.store, &stream).await;
        let since_snapshot = all.iter().rev().take_while(|commit| commit.snapshot.is_none()).count();
        assert!(since_snapshot < page, "{since_snapshot} commits without a snapshot");
    }
}
