//! Dead letters: the messages in the template's queues, why they are there, and their redrive.
//!
//! A redrive reads the records of a message from their stream again and invokes the function of the mapping with them.
//! It invokes a function again with the event of an asynchronous invocation, and delivers an event of a rule to its
//! target again. The message is deleted when this has succeeded. Until then it is hidden, and after a failure it is
//! visible again. A function that sets a record aside by itself, and reports success, sends a new message.

use std::time::Duration;

use serde::Serialize;
use stack_base::account::name_of_arn;
use stack_base::clock::iso8601;
use stack_events::EventBuses;
use stack_kinesis::Kinesis;
use stack_lambda::Lambda;
use stack_sqs::{ReceivedMessage, Sqs, StoredMessage};
use stack_template::{EventSource, EventSourceMapping, Function, Template};

use super::item::ConsoleError;
use super::letter::{Letter, Redrive};

/// Maximum number of messages that the page shows per queue.
const SHOWN: usize = 50;
/// Time for which a redrive hides its message: the longest that Lambda lets a function run (Lambda quotas).
const HIDDEN: Duration = Duration::from_mins(15);
/// Maximum number of bytes of a message that the page shows.
const BODY: usize = 8 * 1024;

/// Reads and redrives dead letters.
#[derive(Clone)]
pub(super) struct DeadLetters {
    pub(super) template: Template,
    pub(super) kinesis: Kinesis,
    pub(super) sqs: Sqs,
    pub(super) lambda: Lambda,
    pub(super) events: EventBuses<Lambda>,
}

/// A queue with its oldest messages.
#[derive(Debug, Serialize)]
pub(super) struct QueueLetters {
    name: String,
    /// Number of all messages.
    count: i64,
    messages: Vec<LetterView>,
}

#[derive(Debug, Serialize)]
struct LetterView {
    id: String,
    reason: String,
    function: Option<String>,
    /// Shard and sequence numbers of its records.
    shard: Option<String>,
    records: Option<u64>,
    /// Id of the stream of events that it is about.
    stream: Option<String>,
    sent_at: String,
    receives: i64,
    /// True while a consumer works on the message.
    is_hidden: bool,
    can_redrive: bool,
    body: String,
}

/// Result of a redrive.
#[derive(Debug, Serialize)]
pub(super) struct Redriven {
    /// A sentence that says what was done.
    outcome: String,
    /// Number of messages in the queue afterwards.
    left: i64,
}

impl DeadLetters {
    /// The queues with their oldest messages.
    ///
    /// # Errors
    /// [`ConsoleError::Queue`] when a queue cannot be read.
    pub(super) fn list(&self) -> Result<Vec<QueueLetters>, ConsoleError> {
        let queue = |name: &str| {
            let messages = self.sqs.peek(name, SHOWN)?.into_iter().map(|message| self.show(message));
            Ok(QueueLetters { name: name.to_owned(), count: self.count(name)?, messages: messages.collect() })
        };
        self.sqs.names().map(queue).collect()
    }

    /// Processes what a message is about again.
    ///
    /// # Errors
    /// [`ConsoleError::NotFound`] if the message is gone or hidden; [`ConsoleError::NotRedrivable`];
    /// [`ConsoleError::Redrive`] or [`ConsoleError::Redelivery`] if it failed, in which case the message is visible
    /// again.
    pub(super) async fn redrive(&self, queue: &str, id: &str) -> Result<Redriven, ConsoleError> {
        let not_found = || ConsoleError::NotFound(format!("a visible message {id} in the queue {queue}"));
        if !self.sqs.names().any(|name| name == queue) {
            return Err(not_found());
        }
        let message = self.sqs.receive_one(queue, id, HIDDEN)?.ok_or_else(not_found)?;
        let outcome = self.process(&message).await;
        match &outcome {
            Ok(_) => self.sqs.delete(queue, &message.receipt)?,
            Err(_) => self.sqs.change_visibility(queue, &message.receipt, Duration::ZERO)?,
        }
        Ok(Redriven { outcome: outcome?, left: self.count(queue)? })
    }

    async fn process(&self, message: &ReceivedMessage) -> Result<String, ConsoleError> {
        let letter = Letter::read(&message.body, &message.attributes);
        let function = self.function(&letter);
        match (letter.redrive, function) {
            (Some(Redrive::Records { source, range }), Some(function)) => {
                let mapping = self.mapping(&source, function).ok_or(ConsoleError::NotRedrivable)?;
                let (role, kinesis) = (&function.role, &self.kinesis);
                let records = stack_mapping::redrive(mapping, role, range, kinesis, &self.lambda).await?;
                let plural = if records == 1 { "" } else { "s" };
                Ok(format!("The function processed {records} record{plural}."))
            }
            (Some(Redrive::Invocation(event)), Some(function)) => {
                stack_mapping::redrive_event(&function.name, event, &self.lambda).await?;
                Ok("The function processed the event.".to_owned())
            }
            (Some(Redrive::Delivery { rule, target }), _) => {
                self.events.redeliver(&rule, &target, &message.body)?;
                Ok("The target has the event.".to_owned())
            }
            _ => Err(ConsoleError::NotRedrivable),
        }
    }

    fn count(&self, queue: &str) -> Result<i64, ConsoleError> {
        let counts = self.sqs.counts(queue)?;
        Ok(counts.visible + counts.in_flight + counts.delayed)
    }

    /// The function that the letter names by name or binary.
    fn function(&self, letter: &Letter) -> Option<&Function> {
        let named = letter.function.as_ref()?;
        let mut functions = self.template.functions.iter();
        functions.find(|function| &function.name == named || &function.binary == named)
    }

    /// The mapping that reads a Kinesis stream for a function.
    fn mapping(&self, source: &str, function: &Function) -> Option<&EventSourceMapping> {
        let stream = name_of_arn(source);
        let mut mappings = self.template.mappings.iter();
        let reads = |source: &EventSource| matches!(source, EventSource::Kinesis { stream: read, .. } if read == stream);
        mappings.find(|mapping| reads(&mapping.source) && mapping.function == function.name)
    }

    fn can_redrive(&self, letter: &Letter) -> bool {
        match (&letter.redrive, self.function(letter)) {
            (Some(Redrive::Records { source, .. }), Some(function)) => {
                self.mapping(source, function).is_some()
            }
            (Some(Redrive::Invocation(_)), function) => function.is_some(),
            (Some(Redrive::Delivery { rule, target }), _) => self.events.has_target(rule, target),
            _ => false,
        }
    }

    fn show(&self, message: StoredMessage) -> LetterView {
        let letter = Letter::read(&message.body, &message.attributes);
        let can_redrive = self.can_redrive(&letter);
        let end = message.body.floor_char_boundary(BODY);
        LetterView {
            id: message.id,
            reason: letter.reason.unwrap_or_else(|| "the message gives no reason".to_owned()),
            function: letter.function,
            shard: letter.shard,
            records: letter.records,
            stream: letter.stream,
            sent_at: iso8601(message.sent_ms),
            receives: message.receives,
            is_hidden: message.is_hidden,
            can_redrive,
            body: message.body.get(..end).unwrap_or_default().to_owned(),
        }
    }
}
