//! The operator's requests, and the reports that answer them.

use es_core::StreamId;
use event_stream::{FailedBatch, HeldStream, QueuedLetter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::redrive::{Attempts, ProjectionFunctions, QueueMessage};

/// A request: `{"task":"list","queue":"dead-letters"}`, `{"task":"redrive","queue":"stream-failures","max":100}`,
/// `{"task":"discard","queue":"dead-letters","ids":["…"],"reason":"…"}`, `{"task":"catch-up","streams":["…-<uuid>"]}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RedriveRequest {
    /// List the messages of a queue and leave them in the queue.
    List {
        /// The queue.
        queue: FailureQueue,
        /// The most messages to list, 1 to 100; 10 by default.
        #[serde(default)]
        max: MessageCount,
    },
    /// Project the messages of a queue again.
    Redrive {
        /// The queue.
        queue: FailureQueue,
        /// The most messages to redrive, 1 to 100; 10 by default.
        #[serde(default)]
        max: MessageCount,
    },
    /// Delete messages that can never succeed.
    Discard {
        /// The queue.
        queue: FailureQueue,
        /// The ids of 1 to 100 messages, as a list shows them.
        ids: ShortList<String>,
        /// The operator's reason, 1 to 500 characters. The log and the report repeat it.
        reason: Reason,
    },
    /// Bring the views of streams up to date from the event table.
    CatchUp {
        /// The streams, 1 to 100.
        streams: ShortList<StreamId>,
    },
}

impl RedriveRequest {
    /// Whether the request changes anything for good. A list puts the messages back that it receives.
    #[must_use]
    pub const fn changes(&self) -> bool {
        match self {
            Self::Redrive { .. } | Self::Discard { .. } | Self::CatchUp { .. } => true,
            Self::List { .. } => false,
        }
    }
}

/// A queue of records that could not be projected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureQueue {
    /// Batches that Lambda gave up delivering.
    StreamFailures,
    /// Records that a projection could not read.
    DeadLetters,
}

/// The most messages or streams in one request. So many fit into the function's memory and timeout.
const MOST: usize = 100;

/// The most characters of a [`Reason`].
const MAX_REASON: usize = 500;

/// A value in a request is out of range. Each variant has the refused number or length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    /// The number of messages is out of range.
    #[error("max must be a number from 1 to {MOST}, not {0}")]
    Count(usize),
    /// The list is empty or too long.
    #[error("the list must have 1 to {MOST} entries, not {0}")]
    Length(usize),
    /// The reason is blank or too long.
    #[error("the reason must have 1 to {MAX_REASON} characters and must not be blank; it has {0}")]
    Reason(usize),
}

/// A number of messages, 1 to 100; 10 by default.
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

/// A list of 1 to 100 values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<T>")]
pub struct ShortList<T>(Vec<T>);

impl<T> ShortList<T> {
    /// The values.
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

/// An operator's reason to discard messages, 1 to 500 characters.
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

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum RedriveReport {
    /// The messages of a queue.
    List {
        /// The queue.
        queue: FailureQueue,
        /// The messages.
        messages: Vec<ListedMessage>,
    },
    /// The results of a redrive or a catch-up.
    Work {
        /// The number of messages or streams whose commits are in the views now.
        done: usize,
        /// The number of messages or streams whose work failed or did not begin in time. The messages are in their queue
        /// again.
        left: usize,
        /// The result for each message or stream.
        worked: Vec<WorkResult>,
    },
    /// The messages that were deleted for good.
    Discard {
        /// The queue.
        queue: FailureQueue,
        /// The operator's reason.
        reason: Reason,
        /// The deleted messages.
        discarded: Vec<ListedMessage>,
        /// The ids for which no message was found.
        missing: Vec<String>,
    },
}

/// The description of a message. It never contains the data of a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedMessage {
    /// The message id.
    pub id: String,
    /// The projection that failed. If the function is not a known projection, its ARN. Empty if the message cannot be
    /// read.
    pub projection: String,
    /// Why the message is in the queue.
    pub error: String,
    /// The shard, sequence numbers, times and number of its records, or the held stream and its version.
    #[serde(flatten)]
    pub about: Value,
    /// The earlier attempts to redrive the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive: Option<Attempts>,
}

/// The result for one message or stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkResult {
    /// The message id or the stream.
    pub id: String,
    /// Whether the work succeeded.
    #[serde(flatten)]
    pub outcome: RedriveOutcome,
}

/// Whether the work on a message or stream succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum RedriveOutcome {
    /// The views have all commits of the message or stream.
    Done {
        /// The number of commits that were written to views now.
        applied: u64,
        /// The number of commits that the views already had.
        duplicates: u64,
        /// The number of records and streams that cannot be projected and went to the dead-letter queue.
        set_aside: u64,
        /// The number of items of the event table that are not commits. The log has the details.
        #[serde(skip_serializing_if = "is_zero")]
        unreadable: u64,
    },
    /// The work failed or did not begin in time. A message is in its queue again.
    Left {
        /// Why the work failed or did not begin.
        reason: String,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the member by reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl RedriveReport {
    /// Counts the results in `worked`.
    pub(crate) fn from_work(worked: Vec<WorkResult>) -> Self {
        let done = worked.iter().filter(|one| matches!(one.outcome, RedriveOutcome::Done { .. })).count();
        Self::Work { done, left: worked.len() - done, worked }
    }
}

impl ListedMessage {
    /// Describes `message`.
    pub(crate) fn from_message(
        queue: FailureQueue,
        message: &QueueMessage,
        functions: &ProjectionFunctions,
    ) -> Self {
        let shown = match queue {
            FailureQueue::StreamFailures => show_failed_batch(message, functions),
            FailureQueue::DeadLetters => show_letter(message),
        };
        let (projection, error, about) = shown.unwrap_or_else(|error| {
            (String::new(), format!("the message cannot be read: {error}"), json!({}))
        });
        let attempts = message.attempts();
        let redrive = (attempts.number > 0).then_some(attempts);
        Self { id: message.id.clone(), projection, error, about, redrive }
    }
}

/// The projection, the error, and the position of the records in the stream.
type Shown = Result<(String, String, Value), serde_json::Error>;

fn show_failed_batch(message: &QueueMessage, functions: &ProjectionFunctions) -> Shown {
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

fn show_letter(message: &QueueMessage) -> Shown {
    Ok(match QueuedLetter::from_json(&message.body)? {
        QueuedLetter::Record(letter) => {
            let about = json!({
                "shard_id": letter.shard_id,
                "sequence_number": letter.sequence_number,
                "arrived_at": letter.arrived_at(),
            });
            (letter.function, letter.error, about)
        }
        QueuedLetter::HeldStream(HeldStream { function, error, stream, held_from, .. }) => {
            (function, error, json!({"stream": stream, "held_from": held_from}))
        }
    })
}
