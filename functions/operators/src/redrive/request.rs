//! What an operator asks for.

use es_core::StreamId;
use serde::{Deserialize, Serialize};

/// What is asked for: `{"task":"list","queue":"dead-letters"}`, `{"task":"redrive","queue":"stream-failures","max":100}`,
/// `{"task":"discard","queue":"dead-letters","ids":["…"],"reason":"…"}`, `{"task":"catch-up","streams":["order-…"]}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Show what is in a queue, and leave it there.
    List {
        /// The queue.
        queue: Queue,
        /// How many messages, 1 to 100.
        #[serde(default)]
        max: Max,
    },
    /// Work on what is in a queue.
    Redrive {
        /// The queue.
        queue: Queue,
        /// How many messages, 1 to 100.
        #[serde(default)]
        max: Max,
    },
    /// Delete messages for good, because they can never be redriven.
    Discard {
        /// The queue.
        queue: Queue,
        /// The messages, by the ids that a list shows, up to 100.
        ids: Few<String>,
        /// Why; the log and the answer say so.
        reason: Reason,
    },
    /// Bring the views of streams up to date, as the event table has them.
    CatchUp {
        /// The streams, up to 100.
        streams: Few<StreamId>,
    },
}

/// A queue of what projections could not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// Batches that Lambda gave up delivering.
    StreamFailures,
    /// Records that a projection set aside.
    DeadLetters,
}

/// The most messages or streams of one request: what fits into a function's memory and time.
const MOST: usize = 100;

/// How many messages, 1 to 100; 10 where nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "usize")]
pub struct Max(usize);

impl Max {
    /// The number.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Default for Max {
    fn default() -> Self {
        Self(10)
    }
}

impl TryFrom<usize> for Max {
    type Error = String;

    fn try_from(number: usize) -> Result<Self, String> {
        if (1..=MOST).contains(&number) {
            Ok(Self(number))
        } else {
            Err(format!("max is {number}, not a number from 1 to {MOST}"))
        }
    }
}

/// 1 to 100 of something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<T>")]
pub struct Few<T>(Vec<T>);

impl<T> Few<T> {
    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> TryFrom<Vec<T>> for Few<T> {
    type Error = String;

    fn try_from(all: Vec<T>) -> Result<Self, String> {
        if (1..=MOST).contains(&all.len()) {
            Ok(Self(all))
        } else {
            Err(format!("there are {} of them, not 1 to {MOST}", all.len()))
        }
    }
}

/// The most characters of a [`Reason`].
const MAX_REASON: usize = 500;

/// What an operator says, 1 to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Reason(String);

impl Reason {
    /// What was said.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let characters = text.chars().count();
        if text.trim().is_empty() || characters > MAX_REASON {
            return Err(format!(
                "the reason has {characters} characters, not 1 to {MAX_REASON} that say something"
            ));
        }
        Ok(Self(text))
    }
}
