//! Delivers an event from a dead-letter queue to its target once more, when a developer asks for it.

use serde_json::Value;
use stack_base::clock::now_ms;
use stack_template::{EventRule, EventTarget};
use tokio::time::Instant;

use super::delivery::DeliveryError;
use super::event::Event;

/// Why an event was not delivered again.
#[derive(Debug, thiserror::Error)]
pub enum RedeliveryError {
    /// No rule of the template has this target.
    #[error("the template has no such rule and target")]
    NoTarget,
    /// The message is not an event.
    #[error("the message is not an event")]
    NotAnEvent,
    /// The target did not get the event.
    #[error("the target did not get the event: {0}")]
    Delivery(#[from] DeliveryError),
}

/// The rule and the target with these ARNs.
pub(crate) fn find<'r>(
    rules: &'r [EventRule],
    rule_arn: &str,
    target_arn: &str,
) -> Option<(&'r EventRule, &'r EventTarget)> {
    let rule = rules.iter().find(|rule| rule.arn() == rule_arn)?;
    let target = rule.targets.iter().find(|target| target.receiver.arn() == target_arn)?;
    Some((rule, target))
}

/// The event in a dead letter.
pub(crate) fn event(rule: &EventRule, body: &str) -> Option<Event> {
    let document: Value = serde_json::from_str(body).ok()?;
    let id = document["id"].as_str()?.to_owned();
    let bus = rule.bus.clone();
    Some(Event { id, bus, document, trace: None, accepted_ms: now_ms(), accepted: Instant::now() })
}
