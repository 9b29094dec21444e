//! The audit of a stack whose projections have caught up. It checks that the event table has every acknowledged commit
//! once, and that every query agrees with the streams.

mod views;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::commits::{StoredCommit, Streams};
use crate::load::Acknowledged;
use crate::{ApiClient, Aws};

/// How long the projections may take to catch up.
const PATIENCE: Duration = Duration::from_mins(3);
/// The pause between two checks of the backlog.
const PAUSE: Duration = Duration::from_millis(200);

/// Waits until every change is in the stream and every event source mapping has processed it. Reads the backlog of the
/// embedded stack at `aws_endpoint`.
///
/// # Errors
/// An error with the backlog if it is not empty after three minutes.
pub async fn wait_until_caught_up(aws_endpoint: &str) -> Result<(), String> {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let backlog = read_backlog(aws_endpoint).await?;
        if sum(&backlog) == 0 {
            return Ok(());
        }
        if tokio::time::Instant::now() >= end {
            return Err(format!("the backlog is not empty: {backlog}"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The backlog of the embedded stack at `aws_endpoint`: the number of changes that are not in the stream yet, plus the
/// number of records that each event source mapping has not processed.
pub async fn backlog(aws_endpoint: &str) -> Result<u64, String> {
    Ok(sum(&read_backlog(aws_endpoint).await?))
}

async fn read_backlog(aws_endpoint: &str) -> Result<Value, String> {
    let answer =
        reqwest::get(format!("{aws_endpoint}/_local/backlog")).await.map_err(|error| error.to_string())?;
    answer.json().await.map_err(|error| error.to_string())
}

/// The sum of the counts of all tables and mappings. An entry that is not a number counts as 1, so the backlog does not
/// look empty.
fn sum(backlog: &Value) -> u64 {
    let parts = backlog.as_object().into_iter().flatten();
    let counts = parts.flat_map(|(_, part)| part.as_object().into_iter().flatten());
    counts.map(|(_, count)| count.as_u64().unwrap_or(1)).sum()
}

/// Checks a stack that only `load` has used. Returns one line for each finding.
pub async fn audit(caller: &ApiClient, aws: &Aws, load: &[Acknowledged]) -> Result<Vec<String>, String> {
    let streams = aws.streams().await.map_err(|error| error.to_string())?;
    let mut findings = check_streams(&streams, load);
    findings.extend(views::check(caller, &streams).await?);
    for (queue, messages) in aws.queues().await.map_err(|error| error.to_string())? {
        if messages > 0 {
            findings.push(format!("{queue} has {messages} messages"));
        }
    }
    Ok(findings)
}

/// Checks that the event table has every acknowledged command once and no gap between versions. Returns one line for
/// each finding.
fn check_streams(streams: &Streams, load: &[Acknowledged]) -> Vec<String> {
    let mut findings = Vec::new();
    for (stream, commits) in streams {
        let mut next = 1;
        for commit in commits {
            if commit.version != next {
                findings.push(format!("{stream} has version {} instead of {next}", commit.version));
            }
            next = commit.last_version() + 1;
        }
        let keys: BTreeSet<&str> = commits.iter().map(|commit| commit.key.as_str()).collect();
        if keys.len() < commits.len() {
            findings.push(format!("{stream} has two commits with the same idempotency key"));
        }
    }
    for acknowledged in load {
        let Acknowledged { order, key, version, .. } = acknowledged;
        let commits = streams.get(&format!("order-{order}")).map(Vec::as_slice).unwrap_or_default();
        let found: Vec<u64> =
            commits.iter().filter(|commit| commit.key == *key).map(StoredCommit::last_version).collect();
        if found != [*version] {
            findings
                .push(format!("{order}: the command {key} was acknowledged as version {version}, but the table has {found:?}"));
        }
    }
    let commits: usize = streams
        .iter()
        .filter(|(stream, _)| stream.starts_with("order-"))
        .map(|(_, commits)| commits.len())
        .sum();
    if commits != load.len() {
        findings
            .push(format!("{} commands were acknowledged, but the table has {commits} commits", load.len()));
    }
    findings
}
