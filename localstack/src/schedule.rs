//! `EventBridge` schedules: functions that are invoked at a fixed rate.
//!
//! As with a rule in AWS, the invocations are asynchronous: a schedule does not wait for its function, and the function's
//! `EventInvokeConfig` says how often and how long an invocation is retried.

use bytes::Bytes;
use serde_json::json;
use stack_base::account::{ACCOUNT, PARTITION, REGION};
use stack_base::clock::{iso8601, now_ms};
use stack_base::stop::Stopped;
use stack_lambda::Lambda;
use stack_template::Schedule;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// Invokes the function of `schedule` at its rate until the stack stops.
pub(crate) fn start(schedule: &Schedule, lambda: Lambda, mut stopped: Stopped) -> JoinHandle<()> {
    let schedule = schedule.clone();
    tokio::spawn(async move {
        let mut ticks = interval(schedule.rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // The first tick completes immediately.
        ticks.tick().await;
        loop {
            tokio::select! {
                () = stopped.wait() => return,
                _ = ticks.tick() => invoke(&schedule, &lambda),
            }
        }
    })
}

fn invoke(schedule: &Schedule, lambda: &Lambda) {
    let function = &schedule.function;
    let payload = schedule.input.clone().unwrap_or_else(|| event(function));
    if let Err(error) = lambda.invoke_event(function, Bytes::from(payload), None) {
        tracing::info!(function, %error, "a scheduled invocation was dropped");
    }
}

/// The event of a schedule without an input (`EventBridge` user guide, "Scheduled events").
fn event(rule: &str) -> String {
    let event = json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": iso8601(now_ms()),
        "region": REGION,
        "resources": [format!("arn:{PARTITION}:events:{REGION}:{ACCOUNT}:rule/{rule}")],
        "detail": {},
    });
    event.to_string()
}
