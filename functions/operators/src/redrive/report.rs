//! What is answered.

use serde::Serialize;
use serde_json::Value;

use crate::redrive::{Attempts, Queue, Reason};

/// What is answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Report {
    /// What is in a queue.
    List {
        /// The queue.
        queue: Queue,
        /// The messages.
        messages: Vec<Listed>,
    },
    /// What was worked on.
    Work {
        /// How many were brought to their end.
        done: usize,
        /// How many were not, and are where they were.
        left: usize,
        /// Each one.
        worked: Vec<Worked>,
    },
    /// What was deleted for good.
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

/// A message, as far as it is shown: never what its record holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// The projection that it is for; a function's ARN where that is none.
    pub projection: String,
    /// Why it is in the queue.
    pub error: String,
    /// What it leads to: the shard, sequence numbers, times and number of its records.
    #[serde(flatten)]
    pub about: Value,
    /// The earlier attempts at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive: Option<Attempts>,
}

/// What became of one message or stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Worked {
    /// The message's id, or the stream.
    pub id: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of a message or stream.
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
    /// The report of what was `worked` on.
    pub(crate) fn of(worked: Vec<Worked>) -> Self {
        let done = worked.iter().filter(|one| matches!(one.outcome, Outcome::Done { .. })).count();
        Self::Work { done, left: worked.len() - done, worked }
    }
}
