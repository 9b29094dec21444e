//! `EventBridge`: the operation `PutEvents`, and the rules of the template that send events to queues and functions.
//!
//! A queue has the event when `PutEvents` answers; a function is invoked asynchronously. Deliveries of one event are
//! independent of each other. A delivery that fails is [retried](delivery), and its event goes to the dead-letter
//! queue of the target. The [log](EventLog) has the newest events and their deliveries.

mod delivery;
mod entry;
mod event;
mod log;
mod redelivery;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use stack_base::account::DEFAULT_BUS;
use stack_base::chaos::{Chaos, Fault};
use stack_base::service_error::{ServiceError, parse};
use stack_base::stop::Stopped;
use stack_lambda::InvokeEvent;
use stack_sqs::Sqs;
use stack_template::Template;

use delivery::Deliverer;
use entry::{Entry, EntryError};

pub use delivery::DeliveryError;
pub use log::{BusCounts, DeliveryState, DeliveryView, EventLog, PublishedEvent, RuleCounts, TargetCounts};
pub use redelivery::RedeliveryError;

/// The operations that [`EventBuses::call`] executes.
const OPERATIONS: &[&str] = &["PutEvents"];
/// Maximum number of entries in a request (`EventBridge` API reference, `PutEvents`).
const MAXIMUM_ENTRIES: usize = 10;
/// Maximum total size of a request's entries: 1 MB, also for one entry since January 2026. It was 256 KB before (AWS
/// Compute Blog, "More room to build: serverless services now support payloads up to 1 MB").
const MAXIMUM_SIZE: usize = 1024 * 1024;

/// Who calls an operation, which decides whether chaos may refuse entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A developer, whose calls chaos never affects, or a function that chaos spares.
    Spared,
    /// A function.
    Function,
}

/// All event buses with their rules. Clones share them.
#[derive(Debug)]
pub struct EventBuses<I>(Arc<Inner<I>>);

#[derive(Debug)]
struct Inner<I> {
    buses: BTreeSet<String>,
    deliverer: Deliverer<I>,
    chaos: Chaos,
    log: EventLog,
}

impl<I> Clone for EventBuses<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutEvents {
    entries: Vec<Entry>,
}

impl<I: InvokeEvent + 'static> EventBuses<I> {
    /// The buses and rules of a template. `sqs` has its queues, and `invoker` its functions. Retries end when the stack
    /// stops.
    #[must_use]
    pub fn new(template: &Template, sqs: Sqs, invoker: I, chaos: &Chaos, stopped: Stopped) -> Self {
        let own = template.event_buses.iter().cloned();
        let buses: BTreeSet<String> = own.chain([DEFAULT_BUS.to_owned()]).collect();
        let (rules, chaos) = (template.event_rules.clone(), chaos.clone());
        let log = EventLog::new(buses.iter(), &rules);
        let deliverer = Deliverer::new(rules, sqs, invoker, chaos.clone(), log.clone(), stopped);
        Self(Arc::new(Inner { buses, deliverer, chaos, log }))
    }

    /// The published events and their deliveries.
    #[must_use]
    pub fn log(&self) -> &EventLog {
        &self.0.log
    }

    /// Executes one operation, in AWS JSON 1.1.
    ///
    /// # Errors
    /// [`ServiceError`] with the code and message that `EventBridge` returns.
    pub fn call(&self, operation: &str, body: &[u8], caller: Caller) -> Result<Value, ServiceError> {
        match operation {
            "PutEvents" => self.put(&parse(body)?, caller),
            other => Err(ServiceError::not_served("EventBridge", other, OPERATIONS)),
        }
    }

    /// True if [`EventBuses::redeliver`] finds the target.
    #[must_use]
    pub fn has_target(&self, rule_arn: &str, target_arn: &str) -> bool {
        redelivery::find(self.0.deliverer.rules(), rule_arn, target_arn).is_some()
    }

    /// Delivers the event in a dead letter to its target, once.
    ///
    /// # Errors
    /// [`RedeliveryError`] when the target does not get the event.
    pub fn redeliver(&self, rule_arn: &str, target_arn: &str, body: &str) -> Result<(), RedeliveryError> {
        let deliverer = &self.0.deliverer;
        let found = redelivery::find(deliverer.rules(), rule_arn, target_arn);
        let (rule, target) = found.ok_or(RedeliveryError::NoTarget)?;
        let event = redelivery::event(rule, body).ok_or(RedeliveryError::NotAnEvent)?;
        Ok(deliverer.send_once(rule, target, &event)?)
    }

    fn put(&self, request: &PutEvents, caller: Caller) -> Result<Value, ServiceError> {
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
            match self.accept(entry, caller) {
                Ok(id) => results.push(json!({"EventId": id})),
                Err(error) => {
                    failed += 1;
                    self.0.log.refuse(&entry.bus().unwrap_or_default());
                    results.push(json!({"ErrorCode": error.code(), "ErrorMessage": error.to_string()}));
                }
            }
        }
        Ok(json!({"FailedEntryCount": failed, "Entries": results}))
    }

    /// Publishes the event of an entry, and returns its id. "If you use `PutEvents` to publish an event to an event
    /// bus that does not exist, `EventBridge` event matching will not find a corresponding rule and will drop the
    /// event" (user guide, "Handling failures with `PutEvents`").
    fn accept(&self, entry: &Entry, caller: Caller) -> Result<String, EntryError> {
        let Inner { buses, deliverer, chaos, .. } = &*self.0;
        let event = entry.event()?;
        if caller == Caller::Function && chaos.injects(Fault::EntryThrottle) {
            return Err(EntryError::Throttled);
        }
        if caller == Caller::Function && chaos.injects(Fault::EntryFailure) {
            return Err(EntryError::Failed);
        }
        let id = event.id.clone();
        if buses.contains(&event.bus) {
            deliverer.deliver(event);
        } else {
            tracing::warn!(bus = event.bus, "an event was dropped, because the stack has no such bus");
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests;
