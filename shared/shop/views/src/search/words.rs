//! The indexed words of an order, and the terms of a search.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use crate::{OrderLine, OrderView};

/// The number of characters of a word that form its partition key.
pub(super) const PREFIX: usize = 3;

/// The most postings for the words of an order's user id. The ids of identity providers have up to five words.
const USER_POSTINGS: usize = 6;
/// The most postings for the words of an order's products: one for each item of the largest order.
const PRODUCT_POSTINGS: usize = 50;
/// The most postings for the words of an order's parcel.
const SHIPMENT_POSTINGS: usize = 8;

/// The most postings of one order.
pub const MAX_POSTINGS: usize = USER_POSTINGS + PRODUCT_POSTINGS + SHIPMENT_POSTINGS;

/// The most bytes of the words in a posting. Postings stay small, because a search reads many of them.
const MAX_WORDS_BYTES: usize = 100;

/// The folded words of an order. The number of their postings is bounded, and words beyond the bound are dropped and
/// cannot be found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexedWords(BTreeSet<String>);

impl IndexedWords {
    /// The words of a new order: those of its user id, and those of the names and ids of its products.
    ///
    /// If there are too many words, the first word of every product has priority over the second words.
    #[must_use]
    pub fn from_opening(user_id: &str, lines: &[OrderLine]) -> Self {
        let mut found = bounded(words(user_id), USER_POSTINGS);
        let products: Vec<Vec<String>> = lines.iter().map(product_words).collect();
        let longest = products.iter().map(Vec::len).max().unwrap_or(0);
        let in_turn =
            (0..longest).flat_map(|place| products.iter().filter_map(move |words| words.get(place)));
        found.extend(bounded(in_turn.cloned(), PRODUCT_POSTINGS));
        Self(found)
    }

    /// The words that a shipment adds.
    #[must_use]
    pub fn from_shipment(tracking_number: &str, carrier: &str) -> Self {
        Self(bounded(words(tracking_number).into_iter().chain(words(carrier)), SHIPMENT_POSTINGS))
    }

    /// The words of a status. They have no postings, because an order's status changes.
    pub(super) fn from_status(status: &str) -> Self {
        Self(words(status).into_iter().collect())
    }

    /// Adds `others` to these words.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Whether there are no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words of the order of `view`, including its status.
    pub(super) fn from_view(view: &OrderView) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let shipment = Self::from_shipment(&text(&view.tracking_number), &text(&view.carrier));
        Self::from_opening(&view.user_id, &view.items).and(shipment).and(Self::from_status(&view.status))
    }

    /// Whether a word is or begins with the folded `term`.
    pub(super) fn are_found_by(&self, term: &str) -> bool {
        self.0.range(term.to_owned()..).next().is_some_and(|word| word.starts_with(term))
    }

    /// The words in the form of the attribute [`WORDS`](super::WORDS) of their postings, by prefix. `None` for words that
    /// are too long together: a posting without the attribute may have any word with its prefix.
    pub(super) fn by_prefix(&self) -> BTreeMap<String, Option<String>> {
        let mut words: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for word in &self.0 {
            words.entry(prefix(word)).or_default().push(word);
        }
        let joined = |words: Vec<&str>| Some(words.join(" ")).filter(|words| words.len() <= MAX_WORDS_BYTES);
        words.into_iter().map(|(prefix, words)| (prefix, joined(words))).collect()
    }
}

/// The terms of a search, folded like the words of orders. An order matches if every term is one of its words or the
/// beginning of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerms(BTreeSet<String>);

/// The text is not a valid search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTerms {
    /// The text has too many characters.
    #[error("must have at most {} characters", SearchTerms::MAX_CHARACTERS)]
    TooLong,
    /// The text has no word or too many words.
    #[error("must have 1 to {} different words of letters or digits", SearchTerms::MAX)]
    Count,
}

impl SearchTerms {
    /// The most terms in a search.
    pub const MAX: usize = 8;
    /// The most characters in the text of a search.
    pub const MAX_CHARACTERS: usize = 200;

    /// Whether every term matches one of `words`.
    pub(super) fn find(&self, words: &IndexedWords) -> bool {
        self.0.iter().all(|term| words.are_found_by(term))
    }

    /// The sorted terms. Their sequence in the text does not matter.
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

/// Splits `text` into words at every character that is neither a letter nor a digit, after [`folded`].
fn words(text: &str) -> Vec<String> {
    let folded = folded(text);
    let words = folded.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}

/// Folds `text`, so that two texts are equal if they differ only in case or in the form of their characters: `Straße`,
/// `STRASSE` and `strasse` become one text, and so do `ΟΔΟΣ` and `οδος`.
///
/// The steps are those of the compatibility caseless match. The last normalization composes, because a letter then has
/// one character in the prefix of a word.
///
/// Source: The Unicode Standard, section 3.13.5 "Default Caseless Matching", definition D146; Unicode Standard Annex
/// #15, "Unicode Normalization Forms".
fn folded(text: &str) -> String {
    let fold = |text: String| UniCase::new(text).to_folded_case();
    let once = fold(text.nfd().collect());
    fold(once.nfkd().collect()).nfkc().collect()
}

/// The prefix of `word` that forms its partition key.
pub(super) fn prefix(word: &str) -> String {
    word.chars().take(PREFIX).collect()
}

/// The words of a product's name, followed by those of its id.
fn product_words(line: &OrderLine) -> Vec<String> {
    let name = line.name.as_deref().unwrap_or_default();
    words(name).into_iter().chain(words(&line.product_id)).collect()
}

/// Keeps `words` in sequence until they have `most` different prefixes, and drops later words with other prefixes.
fn bounded(words: impl IntoIterator<Item = String>, most: usize) -> BTreeSet<String> {
    let mut prefixes = BTreeSet::new();
    let mut has_posting = |word: &String| {
        let prefix = prefix(word);
        prefixes.contains(&prefix) || (prefixes.len() < most && prefixes.insert(prefix))
    };
    words.into_iter().filter(|word| has_posting(word)).collect()
}
