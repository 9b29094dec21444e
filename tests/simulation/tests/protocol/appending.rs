//! Explores the append protocol: writers append to one stream under the same idempotency key, which is another key for
//! each writer, and retry if no response arrives.

use std::sync::{Arc, Mutex};

use es_core::Decider;
use es_core::{
    Commit, EventReader, Execution, ExecutionError, Expectation, IdempotencyKey, Load, Metadata, Outcome,
    RequestHash, Snapshot, SnapshotCheck, StreamVersion, Timestamp, execute,
};
use futures::FutureExt;
use serde_json::json;
use simulation::exploration::{Explored, Path, Scenario, Task, explore};
use testing::InMemoryEventStore;

use crate::network::{Budget, Bug, RemoteStore, run_or_die};
use crate::till::{STREAM, Till};

/// The acknowledged commits: the number of the writer and the version of its commit.
type Acknowledged = Arc<Mutex<Vec<(usize, u64)>>>;

fn metadata(writer: usize) -> Metadata {
    Metadata {
        occurred_at: Timestamp::MIN,
        actor: format!("writer-{writer}"),
        key: IdempotencyKey::try_from("key".to_owned()).unwrap(),
        request_hash: RequestHash::from_request("PUT /till", &json!({})),
        traceparent: None,
        correlation_id: String::new(),
        causation_id: String::new(),
    }
}

/// The most attempts of a writer. It retries only while no response arrives.
const SENDS: usize = 3;

async fn writer(number: usize, store: RemoteStore, acknowledged: Acknowledged) {
    for _ in 0..SENDS {
        let execution = Execution {
            stream: STREAM,
            command: 1,
            expectation: Expectation::Any,
            metadata: metadata(number),
        };
        match run_or_die(&store.path, &store.budget, execute::<Till, _>(&store, execution)).await {
            Some(Ok(Outcome { version, .. })) => {
                return acknowledged.lock().unwrap().push((number, version.get()));
            }
            None | Some(Err(ExecutionError::Store(_))) => {}
            Some(Err(error)) => panic!("{error}"),
        }
    }
}

/// All commits. The in-memory store never waits, so one poll is enough.
fn commits(store: &InMemoryEventStore) -> Vec<Commit> {
    let check = |_: &Snapshot| SnapshotCheck::OtherSchema;
    let load = Load { stream: &STREAM, upto: None, check, page: Till::SNAPSHOT.every };
    store.load(load).now_or_never().unwrap().unwrap()
}

/// Each of `tasks` is the number of a writer. Two tasks of one writer send the same command at the same time.
fn scenario(path: &Path, tasks: &[usize], faults: usize, bug: Option<Bug>) -> Scenario {
    let (acknowledged, overwritten) = (Acknowledged::default(), Arc::new(Mutex::new(false)));
    let (path, budget) = (path.clone(), Budget::with_faults(faults));
    let store = RemoteStore { path, budget, commits: InMemoryEventStore::default(), overwritten, bug };
    let sent = tasks.len();
    let tasks = tasks
        .iter()
        .map(|number| -> Task { Box::pin(writer(*number, store.clone(), Arc::clone(&acknowledged))) });
    let tasks = tasks.collect();
    let (stored, always, acknowledged_then) = (store.clone(), store.clone(), Arc::clone(&acknowledged));
    Scenario {
        tasks,
        stored: Box::new(move || format!("{:?} {}", commits(&stored.commits), stored.budget.remaining())),
        always: Box::new(move || is_sound(&always, &acknowledged_then.lock().unwrap())),
        at_end: Box::new(move || {
            let all = acknowledged.lock().unwrap().len() == sent || store.budget.remaining() == 0;
            if all {
                Ok(())
            } else {
                Err("a writer got no answer, although fewer faults happened than allowed".to_owned())
            }
        }),
    }
}

/// Checks that no commit was overwritten, that the versions have no gap, that no command was executed twice, and that
/// every acknowledged commit is in the stream.
fn is_sound(store: &RemoteStore, acknowledged: &[(usize, u64)]) -> Result<(), String> {
    if *store.overwritten.lock().unwrap() {
        return Err("a commit was overwritten".to_owned());
    }
    let commits = commits(&store.commits);
    let versions: Vec<u64> = commits.iter().map(|commit| commit.first.get()).collect();
    if versions != (1..=commits.len() as u64).collect::<Vec<_>>() {
        return Err(format!("the versions are {versions:?}"));
    }
    let writers: Vec<&str> = commits.iter().map(|commit| commit.metadata.actor.as_str()).collect();
    if (0..writers.len()).any(|index| writers[..index].contains(&writers[index])) {
        return Err(format!("a command was executed twice: {writers:?}"));
    }
    for (writer, version) in acknowledged {
        let own = commits.iter().find(|commit| commit.metadata.actor == format!("writer-{writer}"));
        if own.map(Commit::last) != Some(StreamVersion::new(*version)) {
            return Err(format!(
                "writer {writer} got the answer version {version}, but the writers are {writers:?}"
            ));
        }
    }
    Ok(())
}

fn explored(tasks: &[usize], faults: usize, bug: Option<Bug>) -> Result<Explored, String> {
    explore(|path| scenario(path, tasks, faults, bug))
}

#[test]
fn the_append_protocol_survives_two_writers_and_any_two_faults() {
    let Explored { states, ends } = explored(&[0, 1], 2, None).unwrap();
    assert!(states > 5_000 && ends > 1_000, "{states} states, {ends} ends");
}

#[test]
fn the_append_protocol_survives_three_writers_and_any_fault() {
    let Explored { states, ends } = explored(&[0, 1, 2], 1, None).unwrap();
    assert!(states > 5_000 && ends > 1_000, "{states} states, {ends} ends");
}

/// The third attempt of a command follows a pause, so this takes two other writers.
#[test]
fn the_append_protocol_survives_a_command_that_is_sent_twice_among_two_others() {
    let Explored { states, ends } = explored(&[0, 0, 1, 2], 0, None).unwrap();
    assert!(states > 1_000 && ends > 10, "{states} states, {ends} ends");
}

#[test]
fn planted_bugs_are_found() {
    let after_pause = explored(&[0, 0, 1, 2], 0, Some(Bug::KeyNotRecognisedAfterPause)).unwrap_err();
    assert!(after_pause.starts_with("a command was executed twice"), "{after_pause}");
    let twice = explored(&[0, 1], 1, Some(Bug::KeyNotRecognised)).unwrap_err();
    assert!(twice.starts_with("a command was executed twice"), "{twice}");
    let over = explored(&[0, 1], 1, Some(Bug::Unconditional)).unwrap_err();
    assert!(over.starts_with("a commit was overwritten"), "{over}");
}
