//! Sequence numbers: the place of a record in its shard.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The sequence number of a Kinesis record: decimal digits, more than a machine word holds (up to 129 of them).
///
/// Numbers compare by value, so that `9` comes before `10`. What is not a number comes behind all numbers, by text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SequenceNumber(String);

impl SequenceNumber {
    /// The sequence number written as `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text, as it came: the only form in which Lambda recognises it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is ordered by: whether it is no number, then how many digits that count it has, then these.
    fn order(&self) -> (bool, usize, &str, &str) {
        let is_number = !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_digit());
        let digits = if is_number { self.0.trim_start_matches('0') } else { "" };
        (!is_number, digits.len(), digits, &self.0)
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
