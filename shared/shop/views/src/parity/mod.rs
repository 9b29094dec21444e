//! Whether two generations of the query table say the same.
//!
//! Every item of one is looked up in the other by its key, and back: an item, its checkpoint included, is the same or
//! it is not. Two kinds are told apart. The counters of the analytics are spread over shards by chance, so
//! they are compared by their sums; and what a rebuild keeps of its own progress is in one generation alone.
//!
//! Live traffic writes one generation a moment before the other. What differs is therefore looked at again by
//! whoever asks, until it is the same or has stayed different for long enough.
//!
//! # Costs
//! Both tables are read whole once, and each item once more by its key; all reads are consistent: one read unit for
//! 4 KB.

mod counters;
mod difference;
mod items;
mod pages;

use aws_sdk_dynamodb::Client;

use crate::DynamoAnalytics;

pub use difference::{Difference, ItemKey};
pub use pages::{Generation, ParityCursor, ParityPage};

/// Two DynamoDB tables, each a generation of the same views.
#[derive(Debug, Clone)]
pub struct DynamoParity {
    client: Client,
    built: String,
    other: String,
}

impl DynamoParity {
    /// The table `built` held against `other`, both reached through `client`.
    #[must_use]
    pub fn new(client: Client, built: impl Into<String>, other: impl Into<String>) -> Self {
        Self { client, built: built.into(), other: other.into() }
    }

    fn table(&self, generation: Generation) -> &str {
        match generation {
            Generation::Built => &self.built,
            Generation::Other => &self.other,
        }
    }

    fn analytics(&self, generation: Generation) -> DynamoAnalytics {
        DynamoAnalytics::new(self.client.clone(), self.table(generation))
    }
}
