//! The search: an inverted index over the words of the orders.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk | S | `word#<first three characters of a word>` |
//! | sk | S | `<created_at>#<order id>` |
//!
//! Such a posting says that the order has a word that begins so. It never changes, so it is written blind: written
//! twice, or in any order, it is the same. Whether an order has the whole word is seen in its view, which a
//! search reads anyway; so an index of prefixes needs one posting where one of words would need several.
//!
//! An order's status is a word of it, too. It changes, so it has no posting: the index `by_status` stands in for them.
//!
//! # Costs
//! A posting is one write unit. An order has at most [`MAX_POSTINGS`]; an opening takes up to three `BatchWriteItem`,
//! a shipment one. All orders with a word of the same beginning share a partition, which takes 1,000 of them a second.

mod candidates;
mod filter;
mod pages;
mod postings;
mod sources;
mod terms;
mod views;
mod words;

pub use filter::SearchFilter;
pub use postings::{DynamoPostings, PostedOrder};
pub use terms::{InvalidTerms, SearchTerms};
pub use words::{IndexedWords, MAX_POSTINGS};
