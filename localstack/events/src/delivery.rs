//! Deliveries to the targets of rules: their attempts, retries and dead letters (`EventBridge` user guide, "How
//! `EventBridge` retries delivering events" and "Using dead-letter queues to process undelivered events").
//!
//! The first attempt is made at once, and each retry in a task of its own. Deliveries that wait are in memory, and a
//! stack that stops drops them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use stack_base::backoff::Backoff;
use stack_base::chaos::{Chaos, Fault};
use stack_base::clock::iso8601_in_seconds;
use stack_base::stop::Stopped;
use stack_lambda::{InvokeError, InvokeEvent};
use stack_sqs::{NewMessage, Sqs, SqsError, TRACE_HEADER};
use stack_template::{EventReceiver, EventRule, EventTarget, InputContext};

use super::event::Event;
use super::log::{DeliveryState, EventLog, Place};

/// Backoff of retries. AWS documents "an exponential back off and jitter" without its times.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_mins(5) };
/// The waits of deliveries that chaos repeats or reorders.
const DETOURS: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(600),
    Duration::from_secs(1),
];

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Chaos broke the connection.
    #[error("the connection to the target failed")]
    Connection,
    /// The queue refused the message.
    #[error(transparent)]
    Queue(#[from] SqsError),
    /// The function did not accept the event.
    #[error(transparent)]
    Function(#[from] InvokeError),
}

impl DeliveryError {
    /// The error code in a dead letter (user guide, "Using dead-letter queues to process undelivered events").
    fn code(&self) -> &'static str {
        match self {
            Self::Connection => "CONNECTION_FAILURE",
            Self::Queue(SqsError::QueueNotFound(_)) | Self::Function(InvokeError::FunctionNotFound(_)) => {
                "NO_RESOURCE"
            }
            Self::Function(InvokeError::TooManyRequests { .. }) => "THROTTLING",
            Self::Queue(_) | Self::Function(_) => "ERROR_FROM_TARGET",
        }
    }

    /// True if another attempt may succeed.
    fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Connection
                | Self::Queue(SqsError::Store(_))
                | Self::Function(InvokeError::TooManyRequests { .. } | InvokeError::Unreachable(_))
        )
    }
}

/// An event on its way to a target.
#[derive(Debug, Clone)]
struct Delivery {
    event: Arc<Event>,
    place: Place,
    /// Number of retries so far.
    retries: u32,
}

/// Delivers events. Clones share the queues, the functions and the log.
#[derive(Debug)]
pub(crate) struct Deliverer<I>(Arc<Parts<I>>);

#[derive(Debug)]
struct Parts<I> {
    rules: Vec<EventRule>,
    sqs: Sqs,
    invoker: I,
    chaos: Chaos,
    log: EventLog,
    stopped: Stopped,
}

impl<I> Clone for Deliverer<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I: InvokeEvent + 'static> Deliverer<I> {
    /// Delivers to the targets of `rules`, until the stack stops.
    pub(crate) fn new(
        rules: Vec<EventRule>,
        sqs: Sqs,
        invoker: I,
        chaos: Chaos,
        log: EventLog,
        stopped: Stopped,
    ) -> Self {
        Self(Arc::new(Parts { rules, sqs, invoker, chaos, log, stopped }))
    }

    /// Delivers an event to the targets of every rule that selects it.
    pub(crate) fn deliver(&self, event: Event) {
        let Parts { rules, chaos, log, .. } = &*self.0;
        let selects = |rule: &EventRule| rule.bus == event.bus && rule.pattern.matches(&event.document);
        let selecting: Vec<usize> = (0..rules.len()).filter(|index| selects(&rules[*index])).collect();
        let places = log.add(&event, &selecting);
        let event = Arc::new(event);
        for place in places {
            let delivery = Delivery { event: Arc::clone(&event), place, retries: 0 };
            if chaos.injects(Fault::DeliveryReorder) {
                self.later(delivery, chaos.choose(DETOURS));
                continue;
            }
            if chaos.injects(Fault::DeliveryDuplicates) {
                log.repeat(place);
                self.later(delivery.clone(), chaos.choose(DETOURS));
            }
            self.now(delivery);
        }
    }

    /// Sends an event to one target of a rule, once.
    ///
    /// # Errors
    /// [`DeliveryError`] when the target does not get the event.
    pub(crate) fn send_once(
        &self,
        rule: &EventRule,
        target: &EventTarget,
        event: &Event,
    ) -> Result<(), DeliveryError> {
        let Parts { sqs, invoker, .. } = &*self.0;
        let (arn, time) = (rule.arn(), iso8601_in_seconds(event.accepted_ms));
        let context = InputContext { rule_arn: &arn, rule_name: &rule.name, ingestion_time: &time };
        let payload = target.input.payload(&event.document, context);
        match &target.receiver {
            EventReceiver::Queue(queue) => {
                let header = event.trace.iter().map(|header| (TRACE_HEADER.to_owned(), header.clone()));
                let system: BTreeMap<String, String> = header.collect();
                let message = NewMessage { body: &payload, attributes: "{}", system: &system, delay: None };
                sqs.send_message(queue, message)?;
            }
            EventReceiver::Function(function) => {
                invoker.invoke_event(function, Bytes::from(payload), event.trace.as_deref())?;
            }
        }
        Ok(())
    }

    /// The rules.
    pub(crate) fn rules(&self) -> &[EventRule] {
        &self.0.rules
    }

    fn now(&self, mut delivery: Delivery) {
        if let Some(wait) = self.attempt(&mut delivery) {
            self.later(delivery, wait);
        }
    }

    /// Delivers in a task of its own, after a wait, until the delivery is finished or the stack stops.
    fn later(&self, mut delivery: Delivery, mut wait: Duration) {
        let (deliverer, mut stopped) = (self.clone(), self.0.stopped.clone());
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = stopped.wait() => return,
                }
                match deliverer.attempt(&mut delivery) {
                    Some(next) => wait = next,
                    None => return,
                }
            }
        });
    }

    /// Makes one attempt. Returns the wait before the next one, or `None` if the delivery is finished.
    fn attempt(&self, delivery: &mut Delivery) -> Option<Duration> {
        let Parts { rules, chaos, log, .. } = &*self.0;
        let (place, event) = (delivery.place, &delivery.event);
        let rule = rules.get(place.rule)?;
        let target = rule.targets.get(place.target)?;
        let attempt = if chaos.injects(Fault::DeliveryFailure) {
            Err(DeliveryError::Connection)
        } else {
            self.send_once(rule, target, event)
        };
        let Err(error) = attempt else {
            log.note(place, DeliveryState::Delivered, None);
            return None;
        };
        let exhausted = if delivery.retries >= target.maximum_retries {
            Some("MaximumRetryAttempts")
        } else if event.accepted.elapsed() >= target.maximum_event_age {
            Some("MaximumEventAgeInSeconds")
        } else {
            None
        };
        if error.is_retryable() && exhausted.is_none() {
            log.note(place, DeliveryState::Waiting, Some(error.to_string()));
            delivery.retries += 1;
            return Some(BACKOFF.after(delivery.retries));
        }
        log.note(place, DeliveryState::Failed, Some(error.to_string()));
        let exhausted = exhausted.filter(|_| error.is_retryable());
        self.give_up(rule, target, delivery, &error, exhausted);
        None
    }

    /// Sends an event that was not delivered to the dead-letter queue of its target, or drops it.
    fn give_up(
        &self,
        rule: &EventRule,
        target: &EventTarget,
        delivery: &Delivery,
        error: &DeliveryError,
        exhausted: Option<&str>,
    ) {
        let (name, receiver) = (&rule.name, target.receiver.name());
        tracing::warn!(rule = name, target = receiver, %error, "an event was not delivered");
        let Some(queue) = &target.dead_letter_queue else { return };
        let text = |value: &str| json!({"DataType": "String", "StringValue": value});
        let mut attributes = json!({
            "RULE_ARN": text(&rule.arn()),
            "TARGET_ARN": text(&target.receiver.arn()),
            "ERROR_CODE": text(error.code()),
            "ERROR_MESSAGE": text(&error.to_string()),
            "RETRY_ATTEMPTS": text(&delivery.retries.to_string()),
        });
        if let Some(condition) = exhausted {
            attributes["EXHAUSTED_RETRY_CONDITION"] = text(condition);
        }
        let body = Value::to_string(&delivery.event.document);
        if let Err(error) = self.0.sqs.send(queue, &body, &attributes.to_string(), None) {
            tracing::error!(rule = name, queue, %error, "a dead letter was lost");
        }
    }
}
