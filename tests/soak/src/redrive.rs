//! Processes what Lambda and the projections gave up.

use std::error::Error;

use e2e::Operator;
use serde_json::{Value, json};

use crate::operators::invoke;

/// The most invocations for one queue. Each one handles up to a hundred messages.
const INVOCATIONS: usize = 20;

type BoxError = Box<dyn Error + Send + Sync>;

/// Redrives both queues until they are empty, and returns the number of the processed messages.
///
/// # Errors
/// An error with the last report if a queue does not become empty.
pub(crate) async fn redrive(operator: &Operator) -> Result<u64, BoxError> {
    let mut done = 0;
    for queue in ["stream-failures", "dead-letters"] {
        done += redrive_queue(operator, queue).await?;
    }
    Ok(done)
}

async fn redrive_queue(operator: &Operator, queue: &str) -> Result<u64, BoxError> {
    let task = json!({"task": "redrive", "queue": queue, "max": 100});
    let (mut all, mut report) = (0, Value::Null);
    for _ in 0..INVOCATIONS {
        report = invoke(operator, "redrive", &task).await?;
        let done = report["done"].as_u64().ok_or_else(|| format!("not a report: {report}"))?;
        all += done;
        if done == 0 && report["left"] == 0 {
            return Ok(all);
        }
    }
    Err(format!("the queue {queue} does not become empty: {report}").into())
}
