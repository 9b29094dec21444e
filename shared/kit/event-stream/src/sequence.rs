//! Sequence numbers: the position of a record in its shard.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The sequence number of a Kinesis record. It has up to 129 decimal digits, which is more than an integer type holds.
///
/// Numbers are compared by value, so `9` comes before `10`. A text that is not a number comes after all numbers; such
/// texts are compared as texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SequenceNumber(String);

impl SequenceNumber {
    /// The sequence number written as `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The original text. Lambda recognizes the sequence number only in this form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The sort key: whether the text is not a number, the number of significant digits, the digits, and the text.
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
