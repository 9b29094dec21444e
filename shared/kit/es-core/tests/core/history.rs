//! Folding a history: the state is the same from a snapshot and from the first event.

use es_core::{
    Commit, Decider, EventAppender, EventReader, ExecutionError, History, HistoryError, Load, SnapshotCheck,
    StreamId, StreamVersion, earlier_outcome, encode, execute, history_of,
};
use proptest::prelude::*;
use testing::InMemoryEventStore;

use crate::counter::{Counter, EVERY, Event, State, add, added, stream};

/// `length` commits with one addition each, and with the snapshots that are due.
pub(crate) fn commits(stream: &StreamId, length: usize) -> Vec<Commit> {
    commits_of(stream, &vec![vec![added(1)]; length])
}

fn commits_of(stream: &StreamId, commits: &[Vec<Event>]) -> Vec<Commit> {
    let mut history = History::<Counter>::default();
    let mut result = Vec::new();
    for (events, number) in commits.iter().zip(1..) {
        let mut commit = Commit {
            stream: stream.clone(),
            first: history.version().next(),
            events: events.iter().map(|event| encode(event).unwrap()).collect(),
            metadata: add(stream, &format!("key-{number}"), &[]).metadata,
            snapshot: None,
        };
        commit.snapshot = history.snapshot_after(&commit);
        history = history.then(&commit).unwrap();
        result.push(commit);
    }
    result
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (-1_000_000..1_000_000_i64).prop_map(added),
        (0..20_usize).prop_map(|bytes| Event::Padded { bytes }),
        "\\PC{0,20}".prop_map(|text| Event::Written { text }),
    ]
}

proptest! {
    #[test]
    fn a_history_is_the_same_from_any_snapshot_and_from_the_first_event(
        events in prop::collection::vec(prop::collection::vec(event(), 1..4), 1..30),
    ) {
        let commits = commits_of(&stream(), &events);
        let whole = events.iter().flatten().fold(State::default(), Counter::evolve);
        let starts = commits.iter().enumerate().filter(|(at, commit)| *at == 0 || commit.snapshot.is_some());
        for (start, _) in starts {
            let history = History::<Counter>::from_commits(&commits[start..]).unwrap();
            prop_assert_eq!(history.state(), &whole);
            prop_assert_eq!(history.version(), commits[commits.len() - 1].last());
            for commit in &commits {
                prop_assert_eq!(history.seen(&commit.metadata).collect::<Vec<_>>(), [commit.last()]);
            }
        }
    }
}

proptest! {
    /// A command folds the events that it has made, and a later load folds the same events as they are stored.
    #[test]
    fn a_history_is_the_same_from_own_events_and_from_stored_ones(
        events in prop::collection::vec(prop::collection::vec(event(), 1..4), 1..10),
    ) {
        let commits = commits_of(&stream(), &events);
        let (mut own, mut read) = (History::<Counter>::default(), History::<Counter>::default());
        let mut snapshots = 0;
        for (commit, events) in commits.iter().zip(&events) {
            let snapshot = own.snapshot_after(commit);
            prop_assert_eq!(&snapshot, &read.snapshot_after(commit));
            snapshots += usize::from(snapshot.is_some());
            (own, read) = (own.then_events(commit, events).unwrap(), read.then(commit).unwrap());
            prop_assert_eq!((own.state(), own.version()), (read.state(), read.version()));
            let seen = |history: &History<Counter>| history.seen(&commit.metadata).collect::<Vec<_>>();
            prop_assert_eq!(seen(&own), seen(&read));
        }
        prop_assert_eq!(snapshots, commits.len() / usize::from(EVERY.get()));
        let gap = commits.last().unwrap();
        let is_refused = matches!(own.then_events(gap, &[]), Err(HistoryError::Gap { .. }));
        prop_assert!(is_refused);
    }
}

#[test]
fn commits_that_do_not_follow_one_another_are_refused() {
    let commits = commits(&stream(), 3);
    let Err(HistoryError::Gap { expected, found, .. }) =
        History::<Counter>::from_commits(&[commits[0].clone(), commits[2].clone()])
    else {
        panic!("a history with a gap must be refused")
    };
    assert_eq!((expected.get(), found.get()), (2, 3));
    assert!(matches!(History::<Counter>::from_commits(&commits[1..]), Err(HistoryError::Gap { .. })));
}

#[test]
fn a_snapshot_of_another_schema_is_ignored() {
    let mut commits = commits(&stream(), 4);
    commits[3].snapshot.as_mut().unwrap().schema = 2;
    commits[3].snapshot.as_mut().unwrap().state = "of another shape".into();
    assert_eq!(History::<Counter>::from_commits(&commits).unwrap().state().total, 4);
    assert!(matches!(History::<Counter>::from_commits(&commits[3..]), Err(HistoryError::Gap { .. })));
}

#[test]
fn the_first_snapshot_after_a_change_of_schema_is_due_at_once() {
    let mut commits = commits(&stream(), 9);
    for commit in &mut commits {
        commit.snapshot.iter_mut().for_each(|snapshot| snapshot.schema = 2);
    }
    let (next, earlier) = commits.split_last().unwrap();
    let history = History::<Counter>::from_commits(earlier).unwrap();
    assert_eq!(history.snapshot_after(next).map(|snapshot| snapshot.schema), Some(1));
}

#[test]
fn a_snapshot_without_the_shape_of_its_schema_is_ignored_and_the_next_one_is_due_at_once() {
    let mut commits = commits(&stream(), 5);
    commits[3].snapshot.as_mut().unwrap().state = "of another shape".into();
    assert!(matches!(History::<Counter>::from_commits(&commits[3..]), Err(HistoryError::Gap { .. })));
    let (next, earlier) = commits.split_last().unwrap();
    let history = History::<Counter>::from_commits(earlier).unwrap();
    assert_eq!(history.state().total, 4);
    assert_eq!(history.snapshot_after(next).unwrap().state["total"], 5);
}

/// A load must go back past an unreadable snapshot, to the snapshot before it or to the first commit.
#[tokio::test]
async fn commands_continue_after_snapshots_of_a_shape_that_changed_without_its_number() {
    let stream = stream();
    for (unreadable, read) in [(&[7][..], 5), (&[3, 7][..], 8)] {
        let store = InMemoryEventStore::default();
        let mut commits = commits(&stream, 8);
        for at in unreadable {
            commits[*at].snapshot.as_mut().unwrap().state = "of another shape".into();
        }
        for commit in &commits {
            store.append(commit).await.unwrap();
        }
        let load = Load { stream: &stream, upto: None, check: SnapshotCheck::of::<Counter>, page: EVERY };
        assert_eq!(store.load(load).await.unwrap().len(), read, "{unreadable:?}");
        let repeated = execute::<Counter, _>(&store, add(&stream, "key-2", &[])).await.unwrap();
        assert_eq!((repeated.replayed, repeated.version.get()), (true, 2), "{unreadable:?}");
        let outcome = execute::<Counter, _>(&store, add(&stream, "later", &[1])).await.unwrap();
        assert_eq!((outcome.version.get(), outcome.state.total), (9, 9), "{unreadable:?}");
        assert_eq!(
            store.load(load).await.unwrap().len(),
            1,
            "the new commit must have a snapshot: {unreadable:?}"
        );
    }
}

#[test]
fn a_commit_at_the_highest_version_can_be_read() {
    let mut commit = commits(&stream(), 1).remove(0);
    commit.first = StreamVersion::new(u64::MAX);
    let versions: Vec<_> = commit.recorded::<Event>().map(|(version, _)| version).collect();
    assert_eq!(versions, [commit.first]);
}

#[tokio::test]
async fn reading_a_history_takes_one_load_and_an_unknown_stream_has_an_empty_history() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let nothing = history_of::<Counter, _>(&store, &stream).await.unwrap();
    assert_eq!((nothing.version(), nothing.state().total), (StreamVersion::NONE, 0));
    execute::<Counter, _>(&store, add(&stream, "1", &[3, 4])).await.unwrap();
    let loads = store.loads();
    let history = history_of::<Counter, _>(&store, &stream).await.unwrap();
    assert_eq!((history.version().get(), history.state().total), (2, 7));
    assert_eq!(store.loads(), loads + 1);
}

#[tokio::test]
async fn an_earlier_outcome_is_unchanged_by_later_commits() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let request = add(&stream, "first", &[3]);
    assert_eq!(earlier_outcome::<Counter, _>(&store, &stream, &request.metadata).await.unwrap(), None);
    let first = execute::<Counter, _>(&store, request.clone()).await.unwrap();
    for key in ["2", "3", "4", "5", "6"] {
        execute::<Counter, _>(&store, add(&stream, key, &[10])).await.unwrap();
    }
    let appends = store.appends();
    let again = earlier_outcome::<Counter, _>(&store, &stream, &request.metadata).await.unwrap().unwrap();
    assert_eq!((again.state, again.version), (first.state, first.version));
    assert!(again.replayed && again.changed);
    assert_eq!(store.appends(), appends);
    let other = add(&stream, "first", &[4]).metadata;
    let error = earlier_outcome::<Counter, _>(&store, &stream, &other).await.unwrap_err();
    assert!(matches!(error, ExecutionError::KeyReused), "{error}");
}

#[tokio::test]
async fn an_outcome_says_whether_the_command_changed_anything() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let changed = execute::<Counter, _>(&store, add(&stream, "1", &[1])).await.unwrap();
    let unchanged = execute::<Counter, _>(&store, add(&stream, "2", &[])).await.unwrap();
    let repeated = execute::<Counter, _>(&store, add(&stream, "1", &[1])).await.unwrap();
    assert_eq!((changed.changed, unchanged.changed, repeated.changed), (true, false, true));
    assert_eq!((unchanged.version, unchanged.replayed), (changed.version, false));
}
