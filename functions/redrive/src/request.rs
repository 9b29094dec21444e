//! What an operator asks for.

use es_core::StreamId;
use serde::{Deserialize, Serialize};

/// What is asked for: `{"task":"list","queue":"dead-letters"}`, `{"task":"redrive","queue":"stream-failures","max":100}`,
/// `{"task":"catch-up","streams":["order-…"]}`.
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
    /// Bring the views of streams up to date, as the event table has them.
    CatchUp {
        /// The streams, up to 100.
        streams: Streams,
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

/// Streams, 1 to 100.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<StreamId>")]
pub struct Streams(Vec<StreamId>);

impl Streams {
    /// The streams.
    #[must_use]
    pub fn as_slice(&self) -> &[StreamId] {
        &self.0
    }
}

impl TryFrom<Vec<StreamId>> for Streams {
    type Error = String;

    fn try_from(streams: Vec<StreamId>) -> Result<Self, String> {
        if (1..=MOST).contains(&streams.len()) {
            Ok(Self(streams))
        } else {
            Err(format!("there are {} streams, not 1 to {MOST}", streams.len()))
        }
    }
}
