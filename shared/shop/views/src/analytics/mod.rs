//! The analytics: what was ordered a day, counted exactly once.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | an order's marker | `order#<order id>` | `checkpoint#analytics-projection` | `version`, and what of the order is counted |
//! | orders a day | `analytics#daily#<shard>` | `<day>#<status>#<currency>` | `orders`, `revenue_cents` |
//! | products a day | `analytics#product#<day>#<shard>` | `<currency>#<product id>` | `quantity`, `revenue_cents` |
//!
//! A change moves an order's marker and the counters that follow from it in one transaction, on the condition that
//! the marker is where the change begins. A commit is therefore counted once, however often and in whatever order it
//! comes. The marker knows what the order was counted as; a change takes that back and counts the order as what it is
//! now.
//!
//! A counter is spread over [`COUNTER_SHARDS`] items, because two transactions that meet in one item refuse each other.
//! Every try takes a random shard: a conflict is not met again. A single item may well be negative; the sum over the
//! shards is the counter.
//!
//! # Costs
//! A transaction takes two write units for each item below 1 KB. Opening an order of n products takes 4 + 2n; a later
//! step takes 6 and a consistent read of the marker (one read unit), and a cancellation 2n more than that.

mod change;
mod day;
mod read;
mod write;

use aws_sdk_dynamodb::Client;
use dynamo::Table;
use es_core::StreamId;
use view_store::ItemKey;

use crate::orders::partition_of;

pub use change::{AnalyticsChange, CountedStatus, MAX_COUNTED_PRODUCTS, OpenedOrder};
pub use day::{Day, DayRange, InvalidDay, InvalidDays};
pub use read::{CurrencyProducts, DailyTotal, ProductTotal};

/// Over how many items each counter is spread.
pub const COUNTER_SHARDS: u8 = 8;

/// The attribute with the number of orders.
const ORDERS: &str = "orders";
/// The attribute with the number of pieces.
const QUANTITY: &str = "quantity";
/// The attribute with the revenue.
const REVENUE: &str = "revenue_cents";

/// What the partition key of every counter begins with.
const COUNTER_PREFIX: &str = "analytics#";

/// The family of the counters of orders: its partition keys without the shard.
fn daily_family() -> String {
    format!("{COUNTER_PREFIX}daily")
}

/// The family of the counters of the products of `day`.
fn product_family(day: Day) -> String {
    format!("{COUNTER_PREFIX}product#{day}")
}

/// The partition of one shard of `family`.
fn shard_of(family: &str, shard: u8) -> String {
    format!("{family}#{shard}")
}

/// The counters and markers in one DynamoDB table.
///
/// It holds no state of its own: clones share the client's connections, and the client brings timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoAnalytics {
    table: Table,
}

impl DynamoAnalytics {
    /// The analytics in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Where the checkpoint of the order in `stream` is: in its marker.
    #[must_use]
    pub fn checkpoint(stream: &StreamId) -> ItemKey {
        ItemKey::new(partition_of(stream.uuid()), "checkpoint#analytics-projection")
    }
}
