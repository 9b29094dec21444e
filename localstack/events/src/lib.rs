//! `EventBridge`: the operation `PutEvents`, and the rules of the template that send events to queues and functions.
//!
//! A rule gets an event once. A queue has the event when `PutEvents` answers; a function is invoked asynchronously. Targets
//! of one event are independent of each other. A delivery that fails is logged, because the stack has no dead-letter queues
//! for rules.

mod entry;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use stack_base::service_error::{ServiceError, parse};
use stack_lambda::InvokeEvent;
use stack_sqs::Sqs;
use stack_template::{DEFAULT_BUS, EventRule, EventTarget, Template};

use entry::{Entry, Event};

/// The operations that [`EventBuses::call`] executes.
const OPERATIONS: &[&str] = &["PutEvents"];
/// Maximum number of entries in a request (`EventBridge` API reference, `PutEvents`).
const MAXIMUM_ENTRIES: usize = 10;
/// Maximum total size of a request's entries: 1 MB (`EventBridge` API reference, `PutEvents`).
const MAXIMUM_SIZE: usize = 1024 * 1024;

/// All event buses with their rules. Clones share them.
#[derive(Debug, Clone)]
pub struct EventBuses<I>(Arc<Inner<I>>);

#[derive(Debug)]
struct Inner<I> {
    buses: BTreeSet<String>,
    rules: Vec<EventRule>,
    sqs: Sqs,
    invoker: I,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutEvents {
    entries: Vec<Entry>,
}

impl<I: InvokeEvent> EventBuses<I> {
    /// The buses and rules of a template. `sqs` has its queues, and `invoker` its functions.
    #[must_use]
    pub fn new(template: &Template, sqs: Sqs, invoker: I) -> Self {
        let own = template.event_buses.iter().cloned();
        let buses = own.chain([DEFAULT_BUS.to_owned()]).collect();
        Self(Arc::new(Inner { buses, rules: template.event_rules.clone(), sqs, invoker }))
    }

    /// Executes one operation, in AWS JSON 1.1.
    ///
    /// # Errors
    /// [`ServiceError`] with the code and message that `EventBridge` returns.
    pub fn call(&self, operation: &str, body: &[u8]) -> Result<Value, ServiceError> {
        match operation {
            "PutEvents" => self.put(&parse(body)?),
            other => Err(ServiceError::not_served("EventBridge", other, OPERATIONS)),
        }
    }

    fn put(&self, request: &PutEvents) -> Result<Value, ServiceError> {
        let entries = &request.entries;
        if !(1..=MAXIMUM_ENTRIES).contains(&entries.len()) {
            let limit = if entries.is_empty() {
                "greater than or equal to 1".to_owned()
            } else {
                format!("less than or equal to {MAXIMUM_ENTRIES}")
            };
            let problem = format!(
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have \
                 length {limit}"
            );
            return Err(ServiceError::client("ValidationException", problem));
        }
        if entries.iter().map(Entry::size).sum::<usize>() > MAXIMUM_SIZE {
            let problem = "Total size of the entries in the request is over the limit.";
            return Err(ServiceError::client("ValidationException", problem));
        }
        let mut failed = 0;
        let mut results = Vec::new();
        for entry in entries {
            match Event::from_entry(entry) {
                Ok(event) => {
                    self.publish(&event);
                    results.push(json!({"EventId": event.id}));
                }
                Err(error) => {
                    failed += 1;
                    results.push(json!({"ErrorCode": error.code(), "ErrorMessage": error.to_string()}));
                }
            }
        }
        Ok(json!({"FailedEntryCount": failed, "Entries": results}))
    }

    /// Sends an event to the targets of every rule that selects it. As in AWS, an event for an unknown bus is accepted and
    /// dropped.
    fn publish(&self, event: &Event) {
        let Inner { buses, rules, sqs, invoker } = &*self.0;
        if !buses.contains(&event.bus) {
            tracing::warn!(bus = event.bus, "an event was dropped, because the template has no such bus");
        }
        let payload = event.document.to_string();
        let selecting =
            rules.iter().filter(|rule| rule.bus == event.bus && rule.pattern.matches(&event.document));
        for rule in selecting {
            for target in &rule.targets {
                let (name, failure) = match target {
                    EventTarget::Queue(queue) => {
                        (queue, sqs.send(queue, &payload, "{}", None).err().map(|error| error.to_string()))
                    }
                    EventTarget::Function(function) => {
                        let accepted = invoker.invoke_event(function, Bytes::from(payload.clone()), None);
                        (function, accepted.err().map(|error| error.to_string()))
                    }
                };
                if let Some(problem) = failure {
                    tracing::warn!(rule = rule.name, target = name, problem, "an event was dropped");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
