//! The search: an inverted index of the words in orders.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk | S | `word#<first three characters of a word>` |
//! | sk | S | `<created_at>#<order id>` |
//!
//! Such an item is a posting: the order has a word with this prefix. A posting never changes, so it is written without
//! a condition; repeated or reordered writes give the same item. The index contains prefixes instead of whole words,
//! because one posting then covers several words. The search reads the order's view anyway and checks the whole words
//! there.
//!
//! An order's status is also a word. It has no posting because it changes; the search uses the index `by_status`
//! instead.
//!
//! # Costs
//! A posting takes one write unit. An order has at most [`MAX_POSTINGS`]. An opening costs up to three `BatchWriteItem`
//! requests, and a shipment one. All postings with the same prefix share a partition, which accepts 1,000 write units
//! per second.

mod postings;
mod read;
mod words;

pub use postings::{DynamoPostings, PostedOrder};
pub use read::{SearchFilter, search_orders};
pub use words::{IndexedWords, InvalidTerms, MAX_POSTINGS, SearchTerms};

/// The partition key of the postings of words that begin with `prefix`.
fn word_key(prefix: &str) -> String {
    format!("word#{prefix}")
}
