//! The analytics: what was ordered a day, counted exactly once.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | an order's marker | `order#<order id>` | `checkpoint#analytics-projection` | `version`, and what of the order is counted |
//! | orders a day | `analytics#daily#<shard>` | `<day>#<status>#<currency>` | `orders`, `revenue_cents` |
//! | products a day | `analytics#product#<day>#<shard>` | `<currency>#<product id>` | `quantity`, `revenue_cents` |
//!
//! A change moves an order's marker and the counters that follow from it in one transaction, on the condition that
//! the marker is where the change begins. So a commit is counted once, however often and in whatever order it comes.
//! The marker knows what the order was counted as; a change takes that back and counts the order as what it is now.
//!
//! A counter is spread over [`COUNTER_SHARDS`] items, for two transactions that meet in one item refuse each other.
//! Every try takes a shard by chance: so a conflict is not met again, and an item may well be negative; the
//! sum over the shards is the counter.
//!
//! # Costs
//! A transaction takes two write units for each item below 1 KB. Opening an order of n products takes 4 + 2n; a later
//! step takes 6 and a consistent read of the marker (one read unit), and a cancellation 2n more than that.

mod change;
mod counter;
mod day;
mod marker;
mod read;
mod sums;
mod totals;
mod transaction;
mod write;

use aws_sdk_dynamodb::Client;

pub use change::{AnalyticsChange, OpenedOrder, Standing};
pub(crate) use counter::COUNTERS;
pub use day::{Day, DayRange, InvalidDay, InvalidDays};
pub(crate) use marker::MARKER;
pub(crate) use sums::Sum;
pub use totals::{CurrencyProducts, DailyTotal, ProductTotal};

/// Over how many items each counter is spread.
pub const COUNTER_SHARDS: u8 = 8;

/// The counters and markers in one DynamoDB table.
///
/// It holds no state of its own: clones share the client's connections, and the client brings timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoAnalytics {
    client: Client,
    table: String,
}

impl DynamoAnalytics {
    /// The analytics in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}
