//! The audit: whether a stack whose projections are done has every acknowledged commit once, and shows everywhere just
//! what its streams say.

mod views;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::commits::{Commit, Streams};
use crate::load::Acknowledged;
use crate::{Aws, Caller};

/// How long projections get to be done.
const PATIENCE: Duration = Duration::from_mins(3);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// Waits until every change is in its stream and every mapping is done with it.
///
/// # Errors
/// What is still to be done after three minutes.
pub async fn quiet(aws_endpoint: &str) -> Result<(), String> {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let backlog = reqwest::get(format!("{aws_endpoint}/_local/backlog")).await;
        let backlog: Value = match backlog {
            Ok(answer) => answer.json().await.map_err(|error| error.to_string())?,
            Err(error) => return Err(error.to_string()),
        };
        let counts = backlog.as_object().into_iter().flatten();
        let mut counts =
            counts.flat_map(|(_, of)| of.as_object().into_iter().flatten().map(|(_, count)| count));
        if counts.all(|count| count == 0) {
            return Ok(());
        }
        if tokio::time::Instant::now() >= end {
            return Err(format!("still to be done: {backlog}"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What is wrong with a stack that nobody else uses and that had this load: one line each, none where all is well.
pub async fn audit(caller: &Caller, aws: &Aws, load: &[Acknowledged]) -> Result<Vec<String>, String> {
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

/// What is wrong with the event table: every command once, and no version missing.
fn check_streams(streams: &Streams, load: &[Acknowledged]) -> Vec<String> {
    let mut findings = Vec::new();
    for (stream, commits) in streams {
        let mut next = 1;
        for commit in commits {
            if commit.version != next {
                findings.push(format!("{stream} has version {} where {next} should be", commit.version));
            }
            next = commit.last_version() + 1;
        }
        let keys: BTreeSet<&str> = commits.iter().map(|commit| commit.key.as_str()).collect();
        if keys.len() < commits.len() {
            findings.push(format!("{stream} has two commits of one key"));
        }
    }
    for acknowledged in load {
        let Acknowledged { order, key, version, .. } = acknowledged;
        let commits = streams.get(&format!("order-{order}")).map(Vec::as_slice).unwrap_or_default();
        let found: Vec<u64> =
            commits.iter().filter(|commit| commit.key == *key).map(Commit::last_version).collect();
        if found != [*version] {
            findings
                .push(format!("{order} acknowledged {key} as version {version}; the table has {found:?}"));
        }
    }
    let commits: usize = streams
        .iter()
        .filter(|(stream, _)| stream.starts_with("order-"))
        .map(|(_, commits)| commits.len())
        .sum();
    if commits != load.len() {
        findings.push(format!("{} commands were acknowledged, {commits} commits are there", load.len()));
    }
    findings
}
