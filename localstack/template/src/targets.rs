//! The targets of rules: the queues and functions that get events, their inputs, retries and dead-letter queues
//! (`EventBridge` API reference, `Target`, `RetryPolicy` and `DeadLetterConfig`).

use std::time::Duration;

use stack_base::account::{function_arn, name_of_arn, queue_arn};

use super::error::TemplateError;
use super::input::{INPUTS, TargetInput};
use super::properties::Properties;

/// Largest number of retries, which is the default (`EventBridge` API reference, `RetryPolicy`).
const MOST_RETRIES: i64 = 185;
/// Longest age of an event in seconds, which is the default (`EventBridge` API reference, `RetryPolicy`).
const LONGEST_AGE: i64 = 86_400;

/// A target of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTarget {
    /// The queue or function that gets the events.
    pub receiver: EventReceiver,
    /// What the receiver gets for an event.
    pub input: TargetInput,
    /// Number of retries after a delivery failed, 0 to 185; AWS's default is 185.
    pub maximum_retries: u32,
    /// Age of an event after which its delivery is not retried, 60 s to 24 h; AWS's default is 24 h.
    pub maximum_event_age: Duration,
    /// Physical name of the queue for events that could not be delivered; `None` if they are dropped.
    pub dead_letter_queue: Option<String>,
}

/// The receiver of a target's events, by physical name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventReceiver {
    /// A queue.
    Queue(String),
    /// A function.
    Function(String),
}

impl EventReceiver {
    /// Physical name of the queue or function.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Queue(name) | Self::Function(name) => name,
        }
    }

    /// `queue` or `function`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Queue(_) => "queue",
            Self::Function(_) => "function",
        }
    }

    /// ARN of the queue or function.
    #[must_use]
    pub fn arn(&self) -> String {
        match self {
            Self::Queue(name) => queue_arn(name),
            Self::Function(name) => function_arn(name),
        }
    }
}

impl EventTarget {
    /// Reads a target of an `AWS::Events::Rule`.
    ///
    /// # Errors
    /// [`TemplateError::Property`], also for a target that is neither a queue nor a function.
    pub(crate) fn read(target: &Properties<'_>) -> Result<Self, TemplateError> {
        target.only(&[&["Arn", "DeadLetterConfig", "RetryPolicy"], &INPUTS[..]].concat(), &["Id"])?;
        let arn = target.required_text("Arn")?;
        let name = || name_of_arn(&arn).to_owned();
        let receiver = match arn.split(':').nth(2) {
            Some("sqs") => EventReceiver::Queue(name()),
            Some("lambda") => EventReceiver::Function(name()),
            _ => return Err(target.error("Arn", format!("{arn} is neither a queue nor a function"))),
        };
        Self::with_receiver(receiver, target)
    }

    /// Reads the settings of a target: its input, retries and dead-letter queue.
    ///
    /// # Errors
    /// [`TemplateError::Property`] when a setting is not valid.
    pub(crate) fn with_receiver(
        receiver: EventReceiver,
        settings: &Properties<'_>,
    ) -> Result<Self, TemplateError> {
        let (mut retries, mut age) = (None, None);
        if let Some(policy) = settings.object("RetryPolicy")? {
            policy.only(&["MaximumEventAgeInSeconds", "MaximumRetryAttempts"], &[])?;
            retries = policy.integer("MaximumRetryAttempts", 0..=MOST_RETRIES)?;
            age = policy.integer("MaximumEventAgeInSeconds", 60..=LONGEST_AGE)?;
        }
        let retries = retries.unwrap_or(MOST_RETRIES);
        let age = age.unwrap_or(LONGEST_AGE);
        Ok(Self {
            receiver,
            input: TargetInput::read(settings)?,
            maximum_retries: u32::try_from(retries).unwrap_or(u32::MAX),
            maximum_event_age: Duration::from_secs(age.unsigned_abs()),
            dead_letter_queue: dead_letter_queue(settings)?,
        })
    }
}

/// The queue of `DeadLetterConfig`. SAM's `Type`, which generates a queue, is refused.
fn dead_letter_queue(settings: &Properties<'_>) -> Result<Option<String>, TemplateError> {
    let Some(config) = settings.object("DeadLetterConfig")? else { return Ok(None) };
    config.only(&["Arn"], &[])?;
    let Some(arn) = config.text("Arn")? else { return Ok(None) };
    if arn.split(':').nth(2) != Some("sqs") {
        return Err(config.error("Arn", format!("{arn} is not a queue")));
    }
    Ok(Some(name_of_arn(&arn).to_owned()))
}
