//! Conflicts with other writers, and expected versions.

use es_core::{
    Category, Decider, Execution, ExecutionError, Expectation, HistoryError, MAX_ATTEMPTS, SnapshotPolicy,
    StreamVersion, Versions, earlier_outcome, execute, execute_in_time,
};
use testing::{InMemoryEventStore, SpanValue, recorded_values};
use tracing::Instrument as _;

use crate::counter::{BelowZero, Command, Counter, Event, State, add, request, stream};
use crate::rivals::Rivals;

#[tokio::test]
async fn a_conflict_folds_in_the_other_commit_and_decides_again_without_a_load() {
    for conflicts in [1, 2] {
        let (store, stream) = (Rivals::new(conflicts), stream());
        let outcome = execute::<Counter, _>(&store, add(&stream, "mine", &[1, 2])).await.unwrap();
        let (total, version) = (i64::from(100 * conflicts + 3), StreamVersion::new(u64::from(conflicts) + 2));
        assert_eq!((outcome.state.total, outcome.version, outcome.conflicts), (total, version, conflicts));
        assert!(!outcome.replayed);
        let appends = usize::try_from(2 * conflicts + 1).unwrap();
        assert_eq!((store.store.loads(), store.store.appends()), (1, appends));
    }
}

#[tokio::test]
async fn the_commit_of_another_writer_can_make_the_rules_refuse_the_command() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    execute::<Counter, _>(&store, add(&stream, "first", &[5])).await.unwrap();
    let late = Execution { expectation: Expectation::New, ..add(&stream, "late", &[-6]) };
    let refused = execute::<Counter, _>(&store, late).await.unwrap_err();
    assert!(matches!(refused, ExecutionError::Refused(BelowZero)));
}

/// A counter that nobody may change once it has counted.
struct Closed;

impl Decider for Closed {
    const CATEGORY: Category = Counter::CATEGORY;
    const SNAPSHOT: SnapshotPolicy = Counter::SNAPSHOT;

    type Command = Command;
    type Event = Event;
    type State = State;
    type Error = BelowZero;

    fn admit(state: &State, _: &Command) -> Result<(), BelowZero> {
        if state.total == 0 { Ok(()) } else { Err(BelowZero) }
    }

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, BelowZero> {
        Counter::decide(state, command)
    }

    fn evolve(state: State, event: &Event) -> State {
        Counter::evolve(state, event)
    }
}

#[tokio::test]
async fn access_is_checked_again_with_the_commits_of_other_writers() {
    for expectation in [Expectation::Any, Expectation::New] {
        let (store, stream) = (Rivals::new(1), stream());
        let mine = Execution { expectation, ..add(&stream, "mine", &[1]) };
        let refused = execute::<Closed, _>(&store, mine).await.unwrap_err();
        assert!(matches!(refused, ExecutionError::Refused(BelowZero)), "{refused}");
    }
}

#[tokio::test]
async fn an_execution_is_contended_after_the_last_attempt() {
    let (store, stream) = (Rivals::new(u32::MAX), stream());
    let contended = execute::<Counter, _>(&store, add(&stream, "mine", &[1])).await.unwrap_err();
    assert!(matches!(contended, ExecutionError::Contended { attempts: MAX_ATTEMPTS }), "{contended}");
    let attempts = usize::try_from(MAX_ATTEMPTS).unwrap();
    assert_eq!((store.store.loads(), store.store.appends()), (1, 2 * attempts));

    let store = Rivals::new(MAX_ATTEMPTS - 1);
    let outcome = execute::<Counter, _>(&store, add(&stream, "mine", &[1])).await.unwrap();
    assert_eq!(outcome.conflicts, MAX_ATTEMPTS - 1);
}

#[tokio::test]
async fn without_time_a_command_gets_one_attempt() {
    for (rivals, expected) in [(0, None), (1, Some(1)), (2, Some(1))] {
        let store = Rivals::new(rivals);
        let result = execute_in_time::<Counter, _>(&store, add(&stream(), "mine", &[1]), |_| false).await;
        let attempts = result.err().map(|error| match error {
            ExecutionError::Contended { attempts } => attempts,
            other => panic!("{other}"),
        });
        assert_eq!(attempts, expected, "{rivals} rivals");
    }
}

#[tokio::test]
async fn an_execution_records_the_aggregate_on_the_callers_span() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let span = || tracing::info_span!("request", "cqrs.aggregate_id" = tracing::field::Empty);
    let execution = add(&stream, "mine", &[1]);
    let repeated = execution.metadata.clone();
    let (_, first) = recorded_values(|| execute::<Counter, _>(&store, execution).instrument(span())).await;
    let earlier = || earlier_outcome::<Counter, _>(&store, &stream, &repeated).instrument(span());
    let (_, second) = recorded_values(earlier).await;
    let expected = SpanValue { span: "request", field: "cqrs.aggregate_id", value: stream.to_string() };
    assert_eq!((first.contains(&expected), second.contains(&expected)), (true, true), "{first:?} {second:?}");
}

#[tokio::test]
async fn a_new_stream_is_not_read_and_an_existing_one_is_folded_in() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let create = |key, by| Execution { expectation: Expectation::New, ..add(&stream, key, &[by]) };
    execute::<Counter, _>(&store, create("one", 1)).await.unwrap();
    let outcome = execute::<Counter, _>(&store, create("two", 10)).await.unwrap();
    assert_eq!((outcome.state.total, outcome.conflicts), (11, 1));
    assert_eq!(store.loads(), 0);
}

#[tokio::test]
async fn an_expected_version_must_equal_the_streams_version() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    execute::<Counter, _>(&store, add(&stream, "first", &[1, 1])).await.unwrap();
    let at = |version, key| {
        let expectation = Expectation::exactly(StreamVersion::new(version));
        Execution { expectation, ..add(&stream, key, &[1]) }
    };
    for wrong in [0, 1, 3] {
        let error = execute::<Counter, _>(&store, at(wrong, "stale")).await.unwrap_err();
        let ExecutionError::Stale { actual } = error else { panic!("{error}") };
        assert_eq!(actual.get(), 2, "{wrong}");
    }
    let outcome = execute::<Counter, _>(&store, at(2, "right")).await.unwrap();
    assert_eq!(outcome.version.get(), 3);
    let again = execute::<Counter, _>(&store, at(2, "right")).await.unwrap();
    assert!(again.replayed, "the repeated request must be recognized before its expected version is checked");
}

#[tokio::test]
async fn a_stream_must_be_at_one_of_the_expected_versions_and_at_none_of_the_excluded_versions() {
    let listed = |versions: &[u64]| {
        Some(Versions::Listed(versions.iter().map(|version| StreamVersion::new(*version)).collect()))
    };
    let all = || Some(Versions::All);
    let cases = [
        (2, listed(&[1, 2]), None, true),
        (2, listed(&[1, 3]), None, false),
        (2, listed(&[]), None, false),
        (2, all(), None, true),
        (2, None, listed(&[1, 3]), true),
        (2, None, listed(&[2]), false),
        (2, None, all(), false),
        (2, listed(&[2]), listed(&[2]), false),
        (2, all(), listed(&[1]), true),
        (0, all(), None, false),
        (0, listed(&[0]), None, false),
        (0, None, all(), true),
        (0, None, listed(&[0, 1]), true),
    ];
    for (version, one_of, none_of, is_met) in cases {
        let (store, stream) = (InMemoryEventStore::default(), stream());
        if version > 0 {
            execute::<Counter, _>(&store, add(&stream, "first", &[1, 1])).await.unwrap();
        }
        let expectation = Expectation::Version { one_of, none_of };
        let execution = Execution { expectation: expectation.clone(), ..add(&stream, "next", &[1]) };
        match execute::<Counter, _>(&store, execution).await {
            Ok(outcome) => {
                assert_eq!((is_met, outcome.version.get()), (true, version + 1), "{expectation:?}");
            }
            Err(ExecutionError::Stale { actual }) => {
                assert_eq!((is_met, actual.get()), (false, version), "{expectation:?}");
            }
            Err(error) => panic!("{expectation:?}: {error}"),
        }
    }
}

#[tokio::test]
async fn an_expected_version_is_stale_after_the_commit_of_another_writer() {
    let (store, stream) = (Rivals::new(1), stream());
    let expectation = Expectation::Version { one_of: None, none_of: Some(Versions::All) };
    let late = Execution { expectation, ..add(&stream, "late", &[1]) };
    let error = execute::<Counter, _>(&store, late).await.unwrap_err();
    assert!(matches!(error, ExecutionError::Stale { actual, .. } if actual.get() == 1), "{error}");
}

#[tokio::test]
async fn nothing_is_appended_if_nothing_changes_or_the_rules_refuse() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let outcome = execute::<Counter, _>(&store, add(&stream, "nothing", &[])).await.unwrap();
    assert_eq!((outcome.version, outcome.replayed), (StreamVersion::NONE, false));
    let refused = execute::<Counter, _>(&store, add(&stream, "too-much", &[-1])).await.unwrap_err();
    assert!(matches!(refused, ExecutionError::Refused(BelowZero)), "{refused}");
    assert_eq!(store.appends(), 0);
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let error =
        execute::<Counter, _>(&store, request(&stream, "long", Command::Write(500_000))).await.unwrap_err();
    assert!(matches!(error, ExecutionError::TooLarge { bytes: 500_000.., limit: 409_600 }), "{error}");
}

#[tokio::test]
async fn a_stream_with_an_event_written_by_newer_code_is_refused() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let mut commit = crate::history::commits(&stream, 1).remove(0);
    commit.events[0].schema = 4;
    es_core::EventAppender::append(&store, &commit).await.unwrap();
    let error = execute::<Counter, _>(&store, add(&stream, "mine", &[1])).await.unwrap_err();
    assert!(matches!(error, ExecutionError::History(HistoryError::Undecodable { .. })), "{error}");
    assert_eq!(store.appends(), 1);
}
