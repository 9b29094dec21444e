//! The histories of orders. A history has one item for each event of an order.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk, sk | S | `order#<order id>`, `event#<version, 20 digits>` |
//! | id, type, data | S | the event: its id, its stored name, and its data as JSON in the form of its current schema |
//! | at | S | the time of acceptance: RFC 3339 in UTC, to the microsecond |
//! | traceparent, `correlation_id`, `causation_id` | S | `traceparent` is optional |
//!
//! The partition also has the item `checkpoint#history-projection`. It contains the version and the timeline of the
//! checkpoint, and the order's `user_id`, which only the first event contains.
//!
//! An event's item never changes. It is therefore written without a condition, before the checkpoint moves past it. If
//! a write is interrupted, the projection repeats the whole write. Until then, an event may exist whose predecessor is
//! missing, so a reader stops at the first missing version.
//!
//! # Costs
//! An event takes one write unit per KB. Each change takes one more unit for the checkpoint. A page costs one `Query`
//! and one `GetItem`.

mod event;
mod page;

use aws_sdk_dynamodb::Client;
use dynamo::Table;
use es_core::StreamId;
use view_store::ItemKey;

use crate::orders::partition_of;

pub use event::{HistoryChange, HistoryEvent};
pub use page::{HistoryCursor, HistoryPage};

/// The attribute of the checkpoint with the id of the order's customer.
const USER_ID: &str = "user_id";

/// The histories of all orders in one DynamoDB table.
///
/// Clones share the connections of the client, which is configured with timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoHistories {
    table: Table,
}

impl DynamoHistories {
    /// The histories in `table`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// The key of the checkpoint of the history of the order in `stream`.
    #[must_use]
    pub fn checkpoint(stream: &StreamId) -> ItemKey {
        ItemKey::new(partition_of(stream.uuid()), "checkpoint#history-projection")
    }
}
