//! The two generations of the query table: which one queries read, and what happens to the other one.
//!
//! Both tables always exist. One item, the switch, says which generation is live. Operators change the switch, and every
//! other function reads it, so no deployment changes the generation that queries read.
//!
//! | item | pk | attributes |
//! | --- | --- | --- |
//! | the switch | `generations` | `live`, `since`, `run`, `missed_blue`, `missed_green`; while the other generation is in use: `begun`, `stage`, `emptied`; after a comparison: `equal`, `compared_blue`, `compared_green` |
//!
//! A stack without the item has the generation blue only.

mod known;
mod store;

use std::fmt;
use std::time::Duration;

use es_core::Timestamp;
use serde::{Deserialize, Serialize};

pub use known::{GenerationNames, KnownGenerations, MAX_AGE_VARIABLE, QueryTables};
pub use store::DynamoGenerations;

/// A generation of the query table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// The generation that is live in a new stack.
    #[default]
    Blue,
    /// The other generation.
    Green,
}

impl Generation {
    /// The generation that this one is not.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Blue, Self::Green].into_iter().find(|generation| generation.name() == name)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What happens to the generation that is not live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its items are deleted. No projection writes it.
    Emptying,
    /// The projections write it, and a scan of the event table adds the earlier commits.
    Building,
    /// The projections write it, and it has every commit except those that were counted as missed.
    Complete,
    /// The same, but a batch is done only when both generations have it. A cut-over is under way.
    Strict,
    /// The same. The cut-over was a moment ago, and some functions still take this generation for the live one.
    Switched,
}

impl Stage {
    const ALL: [Self; 5] = [Self::Emptying, Self::Building, Self::Complete, Self::Strict, Self::Switched];

    const fn name(self) -> &'static str {
        match self {
            Self::Emptying => "emptying",
            Self::Building => "building",
            Self::Complete => "complete",
            Self::Strict => "strict",
            Self::Switched => "switched",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

/// How many streams each generation has missed since the stack exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissedCounts {
    /// The streams that the generation blue missed.
    pub blue: u64,
    /// The streams that the generation green missed.
    pub green: u64,
}

/// The generation that is not live, while it is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondGeneration {
    /// The generation that the operator has begun to build. After the cut-over it is the live one.
    pub begun: Generation,
    /// What happens to the generation that is not live.
    pub stage: Stage,
    /// Whether its items are deleted before it is built.
    pub is_emptied: bool,
    /// The last comparison of this run, if there is one.
    pub comparison: Option<FinishedComparison>,
}

/// The result of a comparison of both generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedComparison {
    /// Whether the generations were equal.
    pub is_equal: bool,
    /// How many streams each generation had missed when the comparison began.
    pub missed: MissedCounts,
}

/// The state of the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Generations {
    /// The generation that queries read.
    pub live: Generation,
    /// The other generation, while it is in use.
    pub second: Option<SecondGeneration>,
    /// The number of the last run of a rebuild; 0 if there was none.
    pub run: u64,
    /// When an operator changed the switch, in microseconds since 1970. No two states have the same time.
    pub since: u64,
    /// How many streams each generation has missed.
    pub missed: MissedCounts,
}

/// The generation that projections write beside the live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherWritten {
    /// The generation.
    pub generation: Generation,
    /// Whether a batch is done only when this generation has it, too.
    pub is_strict: bool,
}

impl Generations {
    /// The generation that is not live.
    #[must_use]
    pub const fn other(&self) -> Generation {
        self.live.other()
    }

    /// What happens to the other generation, if it is in use.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        self.second.map(|second| second.stage)
    }

    /// The generation that projections write beside the live one, if there is one.
    #[must_use]
    pub fn other_written(&self) -> Option<OtherWritten> {
        let is_strict = match self.stage()? {
            Stage::Emptying => return None,
            Stage::Building | Stage::Complete => false,
            Stage::Strict | Stage::Switched => true,
        };
        Some(OtherWritten { generation: self.other(), is_strict })
    }

    /// The last comparison of this run, if there is one.
    #[must_use]
    pub fn comparison(&self) -> Option<FinishedComparison> {
        self.second?.comparison
    }

    /// How much of `needed` has not passed since the switch was changed.
    #[must_use]
    pub fn left_of(&self, needed: Duration, now: Timestamp) -> Duration {
        let passed = now.micros().unsigned_abs().saturating_sub(self.since);
        needed.saturating_sub(Duration::from_micros(passed))
    }

    /// The same state with another stage of the second generation.
    #[must_use]
    pub fn with_stage(self, stage: Stage) -> Self {
        let second = self.second.map(|second| SecondGeneration { stage, ..second });
        Self { second, ..self }
    }

    /// The same state, changed at `now`.
    #[must_use]
    pub fn changed_at(self, now: Timestamp) -> Self {
        Self { since: now.micros().unsigned_abs().max(self.since + 1), ..self }
    }
}
