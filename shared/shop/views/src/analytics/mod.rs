//! The analytics: counters of orders and products per day. Every commit is counted exactly once.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | an order's marker | `order#<order id>` | `checkpoint#analytics-projection#2` | `version`, `timeline` and the counted properties |
//! | orders of a day | `analytics#daily` | `<day>#<currency>#<shard>` | `<status>_orders` and `<status>_revenue_cents` of each status |
//! | products of a day | `analytics#product#<day>` | `<currency>#<product id>#<shard>` | `quantity`, `revenue_cents` |
//!
//! A change updates an order's marker and its counters in one transaction. The transaction has the condition that the
//! marker is at the version before the change. A commit is therefore counted once, even if it is delivered repeatedly
//! or out of order. The marker stores the counted properties of the order. A change subtracts the old properties from
//! the counters and adds the new ones.
//!
//! A transaction takes the changes of many orders, if a batch has them: the marker of each order, and each counter once
//! with the sum of the changes.
//!
//! A counter is spread over [`COUNTER_SHARDS`] items, because two concurrent transactions on one item conflict. The
//! value of the counter is the sum over its items. All changes of an order use the shard that a hash of the order's id
//! chooses, also after a conflict.
//!
//! # What a read can show
//! A `Query` reads each item as the last committed transaction left it, but the items at different moments. All statuses
//! of an order are in one item, so a read finds an order under its old or its new status, never under both or neither,
//! and no number is negative. With a random shard for each change, an order would be added in one shard and taken away
//! in another; a read between them could show −1.
//!
//! A product's pieces are counted in other items than the order, so the two can differ by a change that is just being
//! written. Reads are eventually consistent, so this can last a short time longer than the change. Strongly consistent
//! reads would still find the items at different moments and take twice the read units.
//!
//! # The layout has a number
//! The marker's sort key ends with the number of the layout. The counters of another layout, with other keys, do not
//! have the orders that the marker of that layout counts. Code with this layout does not see these markers and counts
//! such an order from its first commit. So a table from before this layout shows the orders that have had a commit
//! since, each counted right, and lacks the others until a rebuild.
//!
//! # Limits of sums
//! A counter has up to 38 digits, which is the precision of DynamoDB's numbers; a transaction that needs more fails. No
//! shop comes near: an order's total has at most 14 digits (`domain::order::MAX_TOTAL`), and totals of orders from
//! before that limit at most 16. A counter would need 10^22 orders on one day.
//!
//! # Costs
//! A transaction takes two write units for each item below 1 KB. Opening an order of n products takes 4 + 2n units. A
//! later step takes 4 units and a consistent read of the marker (one read unit). A cancellation takes 2n units more
//! than a step. In a batch, an order takes the 2 units of its marker, and the orders share those of the counters.
//!
//! All shards of a counter are in one partition, so one `Query` reads them. A partition accepts 1,000 write units per
//! second until DynamoDB splits it (`docs/decisions/91-analytics-count-batches.md` has the numbers).
//!
//! Source: Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works", section "Capacity management
//! for transactions".

mod change;
mod count;
mod cursor;
mod day;
mod marker;
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
///
/// A change of this number requires a rebuild, because it changes the shards of counted orders.
pub const COUNTER_SHARDS: u8 = 4;

/// The attribute with the number of pieces.
const QUANTITY: &str = "quantity";
/// The attribute with the revenue.
const REVENUE: &str = "revenue_cents";
/// The end of the attribute with the number of orders in a status.
const ORDERS_OF_STATUS: &str = "_orders";
/// The end of the attribute with the revenue of the orders in a status.
const REVENUE_OF_STATUS: &str = "_revenue_cents";

/// The prefix of the partition keys of all counters.
const COUNTER_PREFIX: &str = "analytics#";
/// The partition of the order counters.
const DAILY: &str = "analytics#daily";

/// The partition of the product counters of `day`.
fn products_of(day: Day) -> String {
    format!("{COUNTER_PREFIX}product#{day}")
}

/// The attributes of the orders in `status`: their number and their revenue.
fn daily_attributes(status: &str) -> [String; 2] {
    [ORDERS_OF_STATUS, REVENUE_OF_STATUS].map(|end| format!("{status}{end}"))
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
        ItemKey::new(partition_of(stream.uuid()), "checkpoint#analytics-projection#2")
    }
}
