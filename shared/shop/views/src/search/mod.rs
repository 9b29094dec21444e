//! The search: an inverted index of the words in orders.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | a posting | `word#<first three characters of a word>` | `<created_at>#<order id>`; `#shipment` follows for a word of the shipment | `words`: the words with this prefix |
//! | an order's checkpoint | `order#<order id>` | `checkpoint#search-projection` | `version`, `timeline`, `created_at` |
//!
//! A posting says that the order has words with this prefix, and which. A posting never changes, because an opening and a
//! shipment have postings of their own. It is therefore written without a condition, and repeated writes give the same
//! item. The postings of a commit are written before the checkpoint moves past
//! the commit, under the condition that the checkpoint is at the version before. An index that lacks a commit is
//! therefore behind, and the projection reads the missing commits from the event table. If a write is interrupted
//! between the postings and the checkpoint, the checkpoint stays behind and the projection repeats the whole write.
//!
//! The checkpoint also has the time at which the order was opened, because the postings of a later shipment need it.
//!
//! The index has a partition for each prefix instead of each word, because a term may be the beginning of a word, and
//! because one posting then covers several words. A search compares its terms with the words in the postings before it
//! reads any view. Words of more than 100 bytes in total are not in their posting; the search then finds them in the
//! order's view. A search for fewer than three characters reads the views
//! of all orders instead; postings of one and of two characters would take three times as many write units.
//!
//! An order's status is also a word. It has no posting because it changes; the search uses the index `by_status`
//! instead.
//!
//! # Costs
//! A change takes one write unit for the checkpoint. A change without words, such as a confirmation, costs nothing
//! else. A change with words also takes one read unit for the checkpoint and one write unit for each posting; an
//! opening takes up to three `BatchWriteItem` requests, and a shipment one. An order has at most [`MAX_POSTINGS`]. A
//! repeated change writes no posting: it takes one read unit if it has words, and otherwise the write unit of a refused
//! update. All postings with the same prefix share a partition, which accepts 1,000 write units per second.

mod intersection;
mod postings;
mod read;
mod words;
mod write;

pub use postings::{DynamoPostings, PostedOrder, WordSource};
pub use read::{SearchFilter, search_orders};
pub use words::{IndexedWords, InvalidTerms, MAX_POSTINGS, SearchTerms};
pub use write::SearchChange;

/// The attribute of a posting with its words.
const WORDS: &str = "words";

/// The partition key of the postings of words that begin with `prefix`.
fn word_key(prefix: &str) -> String {
    format!("word#{prefix}")
}
