//! The audit: whether a stack whose projections are done has every acknowledged commit once, and shows everywhere just
//! what its streams say.

mod answers;
mod fold;
mod streams;
mod totals;
mod views;

use std::time::Duration;

use serde_json::Value;

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
    let mut findings = streams::check(&streams, load);
    let orders = fold::orders(&streams);
    findings.extend(views::check(caller, &streams, &orders).await?);
    findings.extend(totals::check(caller, &orders).await?);
    for (queue, messages) in aws.queues().await.map_err(|error| error.to_string())? {
        if messages > 0 {
            findings.push(format!("{queue} has {messages} messages"));
        }
    }
    Ok(findings)
}
