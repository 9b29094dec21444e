//! The search: an inverted index over the words of the orders.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk | S | `word#<first three characters of a word>` |
//! | sk | S | `<created_at>#<order id>` |
//!
//! Such a posting says that the order has a word that begins so. It never changes and is written blind: written twice,
//! or in any order, it is the same. The order's view, which a search reads anyway, shows whether the order has the whole
//! word. An index of prefixes therefore needs one posting where one of words would need several.
//!
//! An order's status is a word of it, too. It changes, and has no posting: the index `by_status` stands in for them.
//!
//! # Costs
//! A posting is one write unit. An order has at most [`MAX_POSTINGS`]; an opening takes up to three `BatchWriteItem`,
//! a shipment one. All orders with a word of the same beginning share a partition, which takes 1,000 of them a second.

mod postings;
mod read;
mod words;

pub use postings::{DynamoPostings, PostedOrder};
pub use read::{SearchFilter, search_orders};
pub use words::{IndexedWords, InvalidTerms, MAX_POSTINGS, SearchTerms};

/// The partition of the postings of words that begin with `prefix`.
fn word_key(prefix: &str) -> String {
    format!("word#{prefix}")
}
