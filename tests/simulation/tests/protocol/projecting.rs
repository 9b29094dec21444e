//! Explores the projection protocol. The records of one stream are on two shards, in any sequence and partly twice. Two
//! instances of a projector process them concurrently until all are processed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use es_core::{
    Commit, Decider, EventAppender, IdempotencyKey, Metadata, RequestHash, StreamVersion, Timestamp, encode,
};
use futures::FutureExt;
use projection::Projector;
use serde_json::json;
use simulation::exploration::{Explored, Path, Scenario, Task, explore};
use testing::{InMemoryDeadLetters, InMemoryEventStore, StoppedClock, kinesis};
use tokio::runtime::Builder;
use tokio::time::Instant;

use crate::network::{Budget, Bug, RemoteStore, RemoteView, run_or_die};
use crate::till::{Content, Put, STREAM, Till};

/// The stream: a commit with two events between two commits with one event.
fn stream() -> Vec<Commit> {
    let commit = |(first, amounts): (u64, &[u64])| Commit {
        stream: STREAM,
        first: StreamVersion::new(first),
        events: amounts.iter().map(|amount| encode(&Put::Put { amount: *amount }).unwrap()).collect(),
        metadata: Metadata {
            occurred_at: Timestamp::MIN,
            actor: "writer".to_owned(),
            key: IdempotencyKey::try_from(format!("key-{first}")).unwrap(),
            request_hash: RequestHash::from_request("PUT /till", &json!(first)),
            traceparent: None,
            correlation_id: String::new(),
            causation_id: String::new(),
        },
        snapshot: None,
    };
    [(1, [1].as_slice()), (2, &[10, 100]), (4, &[1_000])].into_iter().map(commit).collect()
}

/// The content of the till at each version.
const CONTENT: [u64; 5] = [0, 1, 11, 111, 1_111];

/// The projector and its dead letters.
type ContentProjector = (Projector<Content, RemoteStore, RemoteView>, InMemoryDeadLetters);

/// Delivers `records` to `projector`, and retries from the first failed record until all are processed.
async fn mapping(path: Path, budget: Budget, projector: Arc<ContentProjector>, mut records: Vec<Commit>) {
    while !records.is_empty() {
        let batch = kinesis::commits(&records);
        let deadline = Instant::now() + Duration::from_secs(1);
        let (projector, letters) = &*projector;
        match run_or_die(&path, &budget, projector.project(&batch, letters, deadline)).await {
            None => {}
            Some((response, _)) => match kinesis::restart(&response) {
                None => return,
                Some(failed) => records = records.split_off(failed),
            },
        }
    }
}

/// Distributes the records of `commits` over two shards: each record is on one of them or on both. Because the shards
/// are symmetric, the first record is always on the first shard.
fn shards(path: &Path, commits: &[Commit]) -> [Vec<Commit>; 2] {
    let mut shards = [Vec::new(), Vec::new()];
    for (place, commit) in commits.iter().enumerate() {
        let on = if place == 0 { [0, 2][path.choose(2)] } else { path.choose(3) };
        for (index, shard) in shards.iter_mut().enumerate() {
            if on == 2 || on == index {
                shard.push(commit.clone());
            }
        }
    }
    shards
}

fn scenario(path: &Path, faults: usize, bug: Option<Bug>) -> Scenario {
    let (commits, budget) = (InMemoryEventStore::default(), Budget::with_faults(faults));
    let stream = stream();
    for commit in &stream {
        commits.append(commit).now_or_never().unwrap().unwrap();
    }
    let overwritten = Arc::new(Mutex::new(false));
    let store = RemoteStore { path: path.clone(), budget: budget.clone(), commits, overwritten, bug };
    let view = RemoteView { path: path.clone(), budget: budget.clone(), kept: Arc::default(), bug };
    let event_table = kinesis::EVENT_TABLE.to_owned();
    let projector = Projector::new(event_table, store, view.clone(), StoppedClock::shared());
    let projector = Arc::new((projector, InMemoryDeadLetters::default()));
    let tasks = shards(path, &stream).map(|records| -> Task {
        Box::pin(mapping(path.clone(), budget.clone(), Arc::clone(&projector), records))
    });
    let (stored, always) = (view.clone(), view.clone());
    Scenario {
        tasks: tasks.into(),
        stored: Box::new(move || format!("{:?} {}", stored.kept.lock().unwrap(), budget.remaining())),
        always: Box::new(move || {
            let (version, content) = *always.kept.lock().unwrap();
            let expected = CONTENT[usize::try_from(version).unwrap()];
            let is_fold = content == expected && projector.1.take().is_empty();
            if is_fold {
                Ok(())
            } else {
                Err(format!("at version {version} the view has {content} instead of {expected}"))
            }
        }),
        at_end: Box::new(move || match *view.kept.lock().unwrap() {
            (4, _) => Ok(()),
            (version, _) => Err(format!("all records were delivered, but the view is at version {version}")),
        }),
    }
}

fn explored(faults: usize, bug: Option<Bug>) -> Result<Explored, String> {
    assert_eq!(Till::CATEGORY, *STREAM.category());
    // The projector reads the clock, which is paused here.
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let _entered = runtime.enter();
    explore(|path| scenario(path, faults, bug))
}

#[test]
fn the_projection_protocol_survives_any_delivery_with_any_fault() {
    let Explored { states, ends } = explored(1, None).unwrap();
    assert!(states > 1_000 && ends > 10, "{states} states, {ends} ends");
}

#[test]
fn planted_bugs_are_found() {
    let over = explored(1, Some(Bug::GapWrittenOver)).unwrap_err();
    assert!(over.starts_with("at version"), "{over}");
    let twice = explored(1, Some(Bug::AnyVersionWritten)).unwrap_err();
    assert!(twice.starts_with("at version"), "{twice}");
}
