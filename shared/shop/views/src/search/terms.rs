//! What is searched for.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::IndexedWords;
use super::words::words;

/// The terms of a search, folded as the words of the orders are: an order is found where each of them is one of its
/// words or, with three characters or more, begins one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerms(BTreeSet<String>);

/// A text that cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTerms {
    /// It has too many characters.
    #[error("a search has at most {} characters", SearchTerms::MAX_CHARACTERS)]
    TooLong,
    /// It has no letter or digit, or too many words.
    #[error("a search has 1 to {} words", SearchTerms::MAX)]
    Count,
}

impl SearchTerms {
    /// The most terms.
    pub const MAX: usize = 8;
    /// The most characters of the text that the terms are in.
    pub const MAX_CHARACTERS: usize = 200;

    pub(super) fn find(&self, words: &IndexedWords) -> bool {
        self.0.iter().all(|term| words.are_found_by(term))
    }

    /// The terms in an order that does not depend on theirs in the text.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for SearchTerms {
    type Err = InvalidTerms;

    fn from_str(text: &str) -> Result<Self, InvalidTerms> {
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(InvalidTerms::TooLong);
        }
        let terms: BTreeSet<String> = words(text).into_iter().collect();
        if (1..=Self::MAX).contains(&terms.len()) { Ok(Self(terms)) } else { Err(InvalidTerms::Count) }
    }
}
