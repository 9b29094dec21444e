//! `EventBridge` schedules: functions that are invoked at a fixed rate.
//!
//! As with a rule in AWS, the invocations are asynchronous: a schedule does not wait for its function, and the function's
//! `EventInvokeConfig` says how often and how long an invocation is retried.

use bytes::Bytes;
use serde_json::json;
use stack_base::account::{ACCOUNT, DEFAULT_BUS, REGION, rule_arn};
use stack_base::clock::{iso8601_in_seconds, now_ms};
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
    let payload = schedule.input.clone().unwrap_or_else(|| event(schedule));
    if let Err(error) = lambda.invoke_event(function, Bytes::from(payload), None) {
        tracing::info!(function, %error, "a scheduled invocation was dropped");
    }
}

/// The event of a rule with a schedule and without an input (`EventBridge` user guide, "Scheduled events").
fn event(schedule: &Schedule) -> String {
    let event = json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": iso8601_in_seconds(now_ms()),
        "region": REGION,
        "resources": [rule_arn(DEFAULT_BUS, &schedule.rule)],
        "detail": {},
    });
    event.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{Schedule, event};

    /// `EventBridge` user guide, "Scheduled events": `"time": "1970-01-01T00:00:00Z"`, and the ARN of the rule.
    #[test]
    fn the_event_names_its_rule_and_has_whole_seconds() {
        let (rule, function) = ("clean-up".to_owned(), "cleaner".to_owned());
        let schedule = Schedule { rule, function, rate: Duration::from_mins(1), input: None };
        let event: Value = serde_json::from_str(&event(&schedule)).unwrap();
        assert_eq!(event["resources"], json!(["arn:aws:events:us-east-1:000000000000:rule/clean-up"]));
        let time = event["time"].as_str().unwrap();
        assert!(time.len() == "1970-01-01T00:00:00Z".len() && time.ends_with('Z'), "{time}");
    }
}
