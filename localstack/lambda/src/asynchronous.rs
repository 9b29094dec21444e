//! Asynchronous invocations: an accepted event is retried after an error of its function, and its record is then sent to
//! a queue (Lambda guide, "How Lambda handles errors and retries with asynchronous invocation" and "Capturing records of
//! Lambda asynchronous invocations").
//!
//! The events wait in memory. A stack that stops drops them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};
use stack_base::clock::{iso8601, now_ms};
use tokio::sync::watch;

use super::dispatch::dispatch;
use super::error::InvokeError;
use super::function::{Function, LATEST};
use super::job::{Invocation, InvocationRequest};

/// Wait after the first throttled attempt. It doubles with each attempt, as the guide says.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// Longest wait after a throttled attempt.
const LONGEST_BACKOFF: Duration = Duration::from_mins(5);

/// Why an event is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
}

/// Runs an accepted event until it is finished or the runtime shuts down.
pub(super) async fn run(
    function: Arc<Function>,
    request: InvocationRequest,
    mut stop: watch::Receiver<bool>,
) {
    let (settings, waits) = (&function.spec.events, function.shared.options.retry_waits);
    let mut attempts = Attempts::default();
    let condition = loop {
        if request.called.elapsed() > settings.maximum_event_age {
            break Condition::EventAgeExceeded;
        }
        let attempt = InvocationRequest { called: Instant::now(), ..request.clone() };
        let wait = match dispatch(Arc::clone(&function), attempt).await {
            Ok(completed) => {
                let failed = completed.invocation.function_error.is_some();
                attempts.invoked(completed.invocation);
                if !failed {
                    break Condition::Success;
                }
                if attempts.failures > settings.maximum_retries {
                    break Condition::RetriesExhausted;
                }
                waits[usize::from(attempts.failures > 1)]
            }
            Err(InvokeError::TooManyRequests { .. }) => attempts.throttled(),
            Err(error) => {
                tracing::warn!(function = function.spec.name, %error, "an asynchronous invocation was dropped");
                return;
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    };
    let queue = match condition {
        Condition::Success => settings.on_success_queue.as_ref(),
        Condition::RetriesExhausted | Condition::EventAgeExceeded => {
            tracing::warn!(
                function = function.spec.name,
                ?condition,
                "an asynchronous invocation was given up"
            );
            settings.on_failure_queue.as_ref()
        }
    };
    if let (Some(queue), Some(sender)) = (queue, &function.shared.options.records) {
        sender.send(queue, &record(&function, &request, condition, &attempts).to_string());
    }
}

/// The history of an event.
#[derive(Default)]
struct Attempts {
    /// Result of the last invocation.
    last: Option<Invocation>,
    /// Number of invocations.
    invocations: u32,
    /// Number of invocations with an error of the function.
    failures: u32,
    /// Number of throttled attempts since the last invocation.
    throttles: u32,
}

impl Attempts {
    fn invoked(&mut self, invocation: Invocation) {
        self.invocations += 1;
        self.failures += u32::from(invocation.function_error.is_some());
        self.throttles = 0;
        self.last = Some(invocation);
    }

    /// Counts a throttled attempt and returns the wait before the next one. Throttled attempts use no retry.
    fn throttled(&mut self) -> Duration {
        let wait = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(self.throttles)).min(LONGEST_BACKOFF);
        self.throttles += 1;
        wait
    }
}

/// The record of an event, as the guide shows it. An event that never reached its function has no response.
fn record(
    function: &Function,
    request: &InvocationRequest,
    condition: Condition,
    attempts: &Attempts,
) -> Value {
    let mut record = json!({
        "version": "1.0",
        "timestamp": iso8601(now_ms()),
        "requestContext": {
            "requestId": request.id,
            "functionArn": format!("{}:{LATEST}", function.spec.arn),
            "condition": format!("{condition:?}"),
            "approximateInvokeCount": attempts.invocations.max(1),
        },
        "requestPayload": json_of(&request.payload),
    });
    if let Some(last) = &attempts.last {
        record["responseContext"] = json!({ "statusCode": 200, "executedVersion": LATEST });
        if let Some(error) = &last.function_error {
            record["responseContext"]["functionError"] = json!(error);
        }
        record["responsePayload"] = json_of(&last.payload);
    }
    record
}

/// A payload as JSON. A payload that is not JSON becomes a text.
fn json_of(payload: &Bytes) -> Value {
    serde_json::from_slice(payload).unwrap_or_else(|_| json!(String::from_utf8_lossy(payload)))
}
