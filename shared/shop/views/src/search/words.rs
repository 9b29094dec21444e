//! The words that an order is found by, and the terms that find them.

use std::collections::BTreeSet;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use crate::{OrderLine, OrderView};

/// How many characters of a word its partition is named by.
pub(super) const PREFIX: usize = 3;

/// The most postings for the words of one order's user; the id of an identity provider has up to five words.
const USER_POSTINGS: usize = 6;
/// The most postings for the words of one order's products: one for each of the most positions that an order may have.
const PRODUCT_POSTINGS: usize = 50;
/// The most postings for the words of one order's parcel.
const SHIPMENT_POSTINGS: usize = 8;

/// The most postings of one order.
pub const MAX_POSTINGS: usize = USER_POSTINGS + PRODUCT_POSTINGS + SHIPMENT_POSTINGS;

/// Words that an order is found by, folded. Their number of postings is bounded; a word beyond the bound finds
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexedWords(BTreeSet<String>);

impl IndexedWords {
    /// The words that an order has from its opening on: those of its user, and of the names and ids of its products.
    ///
    /// Where there are too many, every product keeps its first word before any keeps its second.
    #[must_use]
    pub fn of_opening(user_id: &str, lines: &[OrderLine]) -> Self {
        let mut found = bounded(words(user_id), USER_POSTINGS);
        let products: Vec<Vec<String>> = lines.iter().map(of_product).collect();
        let longest = products.iter().map(Vec::len).max().unwrap_or(0);
        let in_turn =
            (0..longest).flat_map(|place| products.iter().filter_map(move |words| words.get(place)));
        found.extend(bounded(in_turn.cloned(), PRODUCT_POSTINGS));
        Self(found)
    }

    /// The words that a shipment adds.
    #[must_use]
    pub fn of_shipment(tracking_number: &str, carrier: &str) -> Self {
        Self(bounded(words(tracking_number).into_iter().chain(words(carrier)), SHIPMENT_POSTINGS))
    }

    /// The words of a status. An order has them as long as it is in that status, so they have no postings.
    pub(super) fn of_status(status: &str) -> Self {
        Self(words(status).into_iter().collect())
    }

    /// These words and `others`.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn of_view(view: &OrderView) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let shipment = Self::of_shipment(&text(&view.tracking_number), &text(&view.carrier));
        Self::of_opening(&view.user_id, &view.items).and(shipment).and(Self::of_status(&view.status))
    }

    /// Whether `term`, which is folded, is one of the words or, with three characters or more, begins one.
    pub(super) fn are_found_by(&self, term: &str) -> bool {
        if term.chars().count() < PREFIX {
            return self.0.contains(term);
        }
        self.0.range(term.to_owned()..).next().is_some_and(|word| word.starts_with(term))
    }

    /// What the partitions of the words are named by.
    pub(super) fn prefixes(&self) -> BTreeSet<String> {
        self.0.iter().map(|word| prefix(word)).collect()
    }
}

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

/// The words of `text`, folded: compatibility forms made one (NFKC), lower case, split where there is neither letter
/// nor digit.
///
/// Source: Unicode Standard Annex #15, "Unicode Normalization Forms".
fn words(text: &str) -> Vec<String> {
    // Composed again at the end: lower case can leave a letter and a mark apart.
    let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let words = folded.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}

/// The beginning of `word` that its partition is named by.
pub(super) fn prefix(word: &str) -> String {
    word.chars().take(PREFIX).collect()
}

fn of_product(line: &OrderLine) -> Vec<String> {
    let name = line.name.as_deref().unwrap_or_default();
    words(name).into_iter().chain(words(&line.product_id)).collect()
}

/// The first of `words` that have no more than `most` different prefixes.
fn bounded(words: impl IntoIterator<Item = String>, most: usize) -> BTreeSet<String> {
    let mut prefixes = BTreeSet::new();
    let mut has_posting = |word: &String| {
        let prefix = prefix(word);
        prefixes.contains(&prefix) || (prefixes.len() < most && prefixes.insert(prefix))
    };
    words.into_iter().filter(|word| has_posting(word)).collect()
}
