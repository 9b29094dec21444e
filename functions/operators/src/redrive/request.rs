//! What an operator asks for, and what is answered.

use es_core::StreamId;
use event_stream::{DeadLetter, FailedBatch};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::redrive::{Attempts, Message, ProjectionFunctions};

/// A request: `{"task":"list","queue":"dead-letters"}`, `{"task":"redrive","queue":"stream-failures","max":100}`,
/// `{"task":"discard","queue":"dead-letters","ids":["…"],"reason":"…"}`, `{"task":"catch-up","streams":["…-<uuid>"]}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Show the messages of a queue, and leave them there.
    List {
        /// The queue.
        queue: Queue,
        /// How many messages, 1 to 100.
        #[serde(default)]
        max: MessageCount,
    },
    /// Work on the messages of a queue.
    Redrive {
        /// The queue.
        queue: Queue,
        /// How many messages, 1 to 100.
        #[serde(default)]
        max: MessageCount,
    },
    /// Delete messages for good, because they can never be redriven.
    Discard {
        /// The queue.
        queue: Queue,
        /// The messages, by the ids that a list shows, up to 100.
        ids: ShortList<String>,
        /// Why; the log and the answer say so.
        reason: Reason,
    },
    /// Bring the views of streams up to date, as the event table has them.
    CatchUp {
        /// The streams, up to 100.
        streams: ShortList<StreamId>,
    },
}

/// A queue of records that could not be projected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// Batches that Lambda gave up delivering.
    StreamFailures,
    /// Records that a projection set aside.
    DeadLetters,
}

/// The most messages or streams of one request: as many as fit into a function's memory and time.
const MOST: usize = 100;

/// The most characters of a [`Reason`].
const MAX_REASON: usize = 500;

/// A request that names too much or too little.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    /// The number of messages is out of range.
    #[error("max is {0}, not a number from 1 to {MOST}")]
    Count(usize),
    /// The list is empty or too long.
    #[error("there are {0} of them, not 1 to {MOST}")]
    Length(usize),
    /// The reason is blank or too long.
    #[error("the reason has {0} characters, not 1 to {MAX_REASON} that say something")]
    Reason(usize),
}

/// How many messages, 1 to 100; 10 if the request does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "usize")]
pub struct MessageCount(usize);

impl MessageCount {
    /// The number.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Default for MessageCount {
    fn default() -> Self {
        Self(10)
    }
}

impl TryFrom<usize> for MessageCount {
    type Error = InvalidRequest;

    fn try_from(number: usize) -> Result<Self, InvalidRequest> {
        if (1..=MOST).contains(&number) { Ok(Self(number)) } else { Err(InvalidRequest::Count(number)) }
    }
}

/// 1 to 100 values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<T>")]
pub struct ShortList<T>(Vec<T>);

impl<T> ShortList<T> {
    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> TryFrom<Vec<T>> for ShortList<T> {
    type Error = InvalidRequest;

    fn try_from(all: Vec<T>) -> Result<Self, InvalidRequest> {
        if (1..=MOST).contains(&all.len()) { Ok(Self(all)) } else { Err(InvalidRequest::Length(all.len())) }
    }
}

/// An operator's reason, 1 to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Reason(String);

impl Reason {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = InvalidRequest;

    fn try_from(text: String) -> Result<Self, InvalidRequest> {
        let characters = text.chars().count();
        let says_something = !text.trim().is_empty() && characters <= MAX_REASON;
        if says_something { Ok(Self(text)) } else { Err(InvalidRequest::Reason(characters)) }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Report {
    /// The messages of a queue.
    List {
        /// The queue.
        queue: Queue,
        /// The messages.
        messages: Vec<Listed>,
    },
    /// The work that was done.
    Work {
        /// How many messages or streams were brought to their end.
        done: usize,
        /// How many were not, and are where they were.
        left: usize,
        /// Each one.
        worked: Vec<Worked>,
    },
    /// The messages that were deleted for good.
    Discard {
        /// The queue.
        queue: Queue,
        /// Why.
        reason: Reason,
        /// The messages.
        discarded: Vec<Listed>,
        /// The ids that no message was found under.
        missing: Vec<String>,
    },
}

/// A message, as far as it is shown: never the data of its record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// The projection that it is for; the ARN of a function that is not a projection.
    pub projection: String,
    /// Why it is in the queue.
    pub error: String,
    /// The shard, sequence numbers, times and number of its records.
    #[serde(flatten)]
    pub about: Value,
    /// The earlier attempts at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive: Option<Attempts>,
}

/// The end of the work on one message or stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Worked {
    /// The message's id, or the stream.
    pub id: String,
    /// How the work ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How the work on a message or stream ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Its views are where it leads them.
    Done {
        /// Commits that were written to views now.
        applied: u64,
        /// Commits that the views had.
        duplicates: u64,
        /// Records that cannot be projected and are in the dead-letter queue now.
        set_aside: u64,
    },
    /// It is in its queue again.
    Left {
        /// Why.
        reason: String,
    },
}

impl Report {
    /// The report of the work on each of `worked`.
    pub(crate) fn from_work(worked: Vec<Worked>) -> Self {
        let done = worked.iter().filter(|one| matches!(one.outcome, Outcome::Done { .. })).count();
        Self::Work { done, left: worked.len() - done, worked }
    }
}

impl Listed {
    /// The part of `message` that is shown.
    pub(crate) fn from_message(queue: Queue, message: &Message, functions: &ProjectionFunctions) -> Self {
        let shown = match queue {
            Queue::StreamFailures => show_failed_batch(message, functions),
            Queue::DeadLetters => show_letter(message),
        };
        let (projection, error, about) = shown.unwrap_or_else(|error| {
            (String::new(), format!("the message cannot be read: {error}"), json!({}))
        });
        let attempts = message.attempts();
        let redrive = (attempts.number > 0).then_some(attempts);
        Self { id: message.id.clone(), projection, error, about, redrive }
    }
}

/// The projection, the error, and the place of the records.
type Shown = Result<(String, String, Value), serde_json::Error>;

fn show_failed_batch(message: &Message, functions: &ProjectionFunctions) -> Shown {
    let failed: FailedBatch = serde_json::from_str(&message.body)?;
    let (range, (first_arrived_at, last_arrived_at)) = (failed.range(), failed.arrivals());
    let about = json!({
        "shard_id": range.shard,
        "first_sequence_number": range.first,
        "last_sequence_number": range.last,
        "first_arrived_at": first_arrived_at,
        "last_arrived_at": last_arrived_at,
        "records": failed.records(),
    });
    let arn = failed.function_arn();
    let projection = functions.projection(arn).unwrap_or(arn).to_owned();
    Ok((projection, failed.condition().to_owned(), about))
}

fn show_letter(message: &Message) -> Shown {
    let letter: DeadLetter = serde_json::from_str(&message.body)?;
    let about = json!({
        "shard_id": letter.shard_id,
        "sequence_number": letter.sequence_number,
        "arrived_at": letter.arrived_at(),
    });
    Ok((letter.function, letter.error, about))
}
