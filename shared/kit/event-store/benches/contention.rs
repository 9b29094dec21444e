//! Compares the retries of `execute()` with those that fold in one winner after another: writers append to one stream at
//! the same time. Prints, for each number of writers, the medians of several repetitions.
//!
//! The requests go to the `DynamoDB` of [`LocalDynamoDb`]. `localstack/dynamodb-local 8000` and
//! `DYNAMODB_ENDPOINT=http://127.0.0.1:8000` compare them on AWS's `DynamoDB` Local:
//!
//! ```sh
//! cargo bench --package event-store --bench contention
//! ```
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and fails where its setup fails"
)]

#[path = "../tests/account/mod.rs"]
mod account;

use std::time::{Instant, SystemTime};

use es_core::{
    AppendError, Appended, Commit, Decider, EventAppender, EventReader, Execution, ExecutionError, History,
    Load, SnapshotCheck, StreamId, encode, execute,
};
use event_store::DynamoEventStore;
use testing::dynamodb::LocalDynamoDb;
use tokio::task::JoinSet;

use crate::account::{Account, account, receive};

/// How often each number of writers is measured, with both kinds of retries in turn.
const REPETITIONS: usize = 9;

/// How many commands all writers execute together.
const COMMANDS: usize = 240;

/// How often the retries without a pause are tried.
const ATTEMPTS_WITHOUT_PAUSE: usize = 8;

/// The retries to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retries {
    /// Each retry folds in the winner and follows at once.
    WithoutPause,
    /// The retries of `execute()`.
    OfExecute,
}

/// The result of one repetition.
struct Measured {
    accepted: f64,
    requests: f64,
    units: f64,
    per_second: f64,
}

fn execution(stream: &StreamId, writer: usize, command: usize) -> Execution<u64> {
    receive(stream, &format!("command-{command}-of-writer-{writer}"), SystemTime::now().into())
}

/// Executes a command with retries that follow at once. Every attempt carries a snapshot if one is due.
async fn execute_without_pause(store: &DynamoEventStore, execution: Execution<u64>) -> bool {
    let Execution { stream, command, metadata, .. } = execution;
    let (check, page) = (SnapshotCheck::of::<Account>, Account::SNAPSHOT.every);
    let loaded = store.load(Load { stream: &stream, upto: None, check, page }).await.unwrap();
    let mut history = History::<Account>::from_commits(&loaded).unwrap();
    for _ in 0..ATTEMPTS_WITHOUT_PAUSE {
        let Ok(events) = Account::decide(history.state(), command);
        let events = events.iter().map(encode).collect::<Result<_, _>>().unwrap();
        let (stream, metadata) = (stream.clone(), metadata.clone());
        let mut commit = Commit { stream, first: history.version().next(), events, metadata, snapshot: None };
        commit.snapshot = history.snapshot_after(&commit);
        match store.append(&commit).await {
            Ok(Appended::New) => return true,
            Err(AppendError::Conflict { winner }) => history = history.then(&winner).unwrap(),
            other => panic!("{other:?}"),
        }
    }
    false
}

async fn is_accepted(store: &DynamoEventStore, execution: Execution<u64>, retries: Retries) -> bool {
    match retries {
        Retries::WithoutPause => execute_without_pause(store, execution).await,
        Retries::OfExecute => match execute::<Account, _>(store, execution).await {
            Ok(_) => true,
            Err(ExecutionError::Contended { .. }) => false,
            Err(error) => panic!("{error}"),
        },
    }
}

async fn measured(dynamodb: &LocalDynamoDb, writers: usize, retries: Retries) -> Measured {
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    let stream = account();
    dynamodb.recorder().clear();
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for writer in 0..writers {
        let (store, stream) = (store.clone(), stream.clone());
        tasks.spawn(async move {
            let mut accepted = 0_u32;
            for command in 0..COMMANDS / writers {
                accepted +=
                    u32::from(is_accepted(&store, execution(&stream, writer, command), retries).await);
            }
            accepted
        });
    }
    let accepted = f64::from(tasks.join_all().await.into_iter().sum::<u32>());
    let recorder = dynamodb.recorder();
    Measured {
        accepted,
        requests: f64::from(u32::try_from(recorder.requests().len()).unwrap()) / accepted,
        units: (recorder.read_units() + recorder.write_units()) / accepted,
        per_second: accepted / started.elapsed().as_secs_f64(),
    }
}

/// The median of `of` in `all`.
fn median(all: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    let mut values: Vec<_> = all.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let dynamodb = LocalDynamoDb::start().await;
    // The first requests open connections and warm the service up.
    measured(&dynamodb, 4, Retries::OfExecute).await;
    println!("| writers | retries | accepted | requests | units | commands/s |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for writers in [1, 2, 4, 8, 16] {
        let (mut walking, mut pausing) = (Vec::new(), Vec::new());
        for _ in 0..REPETITIONS {
            walking.push(measured(&dynamodb, writers, Retries::WithoutPause).await);
            pausing.push(measured(&dynamodb, writers, Retries::OfExecute).await);
        }
        for (name, all) in [("without a pause", &walking), ("of execute()", &pausing)] {
            let (accepted, rate) = (median(all, |one| one.accepted), median(all, |one| one.per_second));
            let (requests, units) = (median(all, |one| one.requests), median(all, |one| one.units));
            println!(
                "| {writers} | {name} | {accepted} of {COMMANDS} | {requests:.1} | {units:.1} | {rate:.0} |"
            );
        }
    }
}
