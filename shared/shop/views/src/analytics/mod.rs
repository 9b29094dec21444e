//! The analytics: counters of orders and products per day. Every commit is counted exactly once.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | an order's marker | `order#<order id>` | `checkpoint#analytics-projection` | `version`, `timeline` and the counted properties |
//! | orders per day | `analytics#daily#<shard>` | `<day>#<status>#<currency>` | `orders`, `revenue_cents` |
//! | products per day | `analytics#product#<day>#<shard>` | `<currency>#<product id>` | `quantity`, `revenue_cents` |
//!
//! A change updates an order's marker and its counters in one transaction. The transaction has the condition that the
//! marker is at the version before the change. A commit is therefore counted once, even if it is delivered repeatedly
//! or out of order. The marker stores the counted properties of the order. A change subtracts the old properties from
//! the counters and adds the new ones.
//!
//! A counter is spread over [`COUNTER_SHARDS`] items, because two concurrent transactions on one item conflict. The
//! value of the counter is the sum over its items. All changes of an order use the shard that a hash of the order's id
//! chooses, also after a conflict.
//!
//! # What a read can show
//! The items of a counter are read at different moments, because a read is one `Query` for each shard, and a `Query`
//! reads each item as the last committed transaction left it. Each item is the number of the orders of its shard that
//! had its status at the moment of its read, so no item and no sum is negative. With a random shard for each change, an
//! order would be added in one shard and taken away in another; a read between them could show −1.
//!
//! A read during a change of an order can find the order under its old and its new status, or under neither, because
//! these are two items. Reads are eventually consistent, so this can last a short time longer than the change. Reads
//! after that find the order under its new status. Strongly consistent reads would still find the items at different
//! moments and take twice the read units.
//!
//! Earlier code chose a random shard for each change. For orders that it counted, the sums are right, but the item of
//! one shard may be negative, and a read during a change of such an order may show one order too few. A rebuild removes
//! the difference.
//!
//! # Limits of sums
//! A counter has up to 38 digits, which is the precision of DynamoDB's numbers; a transaction that needs more fails. No
//! shop comes near: an order's total has at most 14 digits (`domain::order::MAX_TOTAL`), and totals of orders from
//! before that limit at most 16. A counter would need 10^22 orders on one day.
//!
//! # Costs
//! A transaction takes two write units for each item below 1 KB. Opening an order of n products takes 4 + 2n units. A
//! later step takes 6 units and a consistent read of the marker (one read unit). A cancellation takes 2n units more
//! than a step.
//!
//! Source: Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works", section "Capacity management
//! for transactions".

mod change;
mod cursor;
mod day;
mod read;
mod write;

use aws_sdk_dynamodb::Client;
use dynamo::Table;
use es_core::StreamId;
use view_store::{ItemKey, PageLimit};

use crate::orders::partition_of;

pub use change::{AnalyticsChange, CountedStatus, MAX_COUNTED_PRODUCTS, OpenedOrder};
pub use cursor::AnalyticsCursor;
pub use day::{Day, DayRange, InvalidDay, InvalidDays};
pub use read::{CurrencyProducts, DailyPage, DailyTotal, ProductTotal, ProductTotalsPage};

/// The number of items over which each counter is spread.
pub const COUNTER_SHARDS: u8 = 8;

/// The attribute with the number of orders.
const ORDERS: &str = "orders";
/// The attribute with the number of pieces.
const QUANTITY: &str = "quantity";
/// The attribute with the revenue.
const REVENUE: &str = "revenue_cents";

/// The prefix of the partition keys of all counters.
const COUNTER_PREFIX: &str = "analytics#";

/// The family of the order counters: their partition key without the shard.
fn daily_family() -> String {
    format!("{COUNTER_PREFIX}daily")
}

/// The family of the product counters of `day`.
fn product_family(day: Day) -> String {
    format!("{COUNTER_PREFIX}product#{day}")
}

/// The partition key of one shard of `family`.
fn shard_of(family: &str, shard: u8) -> String {
    format!("{family}#{shard}")
}

/// The counters and markers in one DynamoDB table.
///
/// Clones share the connections of the client, which is configured with timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoAnalytics {
    table: Table,
    /// The maximum size of a page, in bytes of its JSON.
    page_bytes: usize,
}

impl DynamoAnalytics {
    /// The analytics in `table`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self::with_table(Table::new(client, table))
    }

    const fn with_table(table: Table) -> Self {
        Self { table, page_bytes: PageLimit::MAX_BYTES }
    }

    /// The same analytics with another maximum size of a page, in bytes of its JSON. Tests use small sizes.
    #[must_use]
    pub fn with_page_bytes(self, page_bytes: usize) -> Self {
        Self { page_bytes, ..self }
    }

    /// The key of the marker of the order in `stream`. The marker contains the checkpoint.
    #[must_use]
    pub fn checkpoint(stream: &StreamId) -> ItemKey {
        ItemKey::new(partition_of(stream.uuid()), "checkpoint#analytics-projection")
    }
}
