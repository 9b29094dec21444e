//! Deliveries of events to targets. A delivery that fails in the end is logged, because the stack has no dead-letter queues
//! for rules.

use std::time::Duration;

use bytes::Bytes;
use stack_lambda::{Invoke, InvokeError};
use stack_sqs::Sqs;
use tokio::time::sleep;

/// Maximum number of invocations for one event. Lambda runs an asynchronous invocation up to three times (Lambda guide,
/// "How Lambda handles errors and retries with asynchronous invocation").
const ATTEMPTS: u32 = 3;
/// Pause after the first failed invocation. Lambda waits one minute, and two minutes after the second; a developer does
/// not want to wait that long.
const PAUSE: Duration = Duration::from_secs(1);

/// Sends an event to a queue.
pub(crate) fn send(sqs: &Sqs, rule: &str, queue: &str, event: &str) {
    if let Err(error) = sqs.send(queue, event, "{}", None) {
        tracing::warn!(rule, queue, %error, "an event could not be sent to its queue and was dropped");
    }
}

/// Invokes a function with an event, again after a failure.
pub(crate) async fn invoke(invoker: impl Invoke, rule: String, function: String, event: Bytes) {
    for attempt in 1..=ATTEMPTS {
        let problem = match invoker.invoke(&function, event.clone(), None).await {
            Ok(invocation) if invocation.function_error.is_none() => return,
            Ok(invocation) => String::from_utf8_lossy(&invocation.payload).into_owned(),
            Err(InvokeError::ShuttingDown) => return,
            Err(error) => error.to_string(),
        };
        if attempt == ATTEMPTS {
            tracing::warn!(rule, function, problem, "a function failed for an event, which was dropped");
        } else {
            tracing::info!(rule, function, problem, "a function failed for an event; invoking it again");
            sleep(PAUSE * attempt).await;
        }
    }
}
