//! The histories of orders: every event of an order, one item each.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk, sk | S | `order#<order id>`, `event#<version, 20 digits>` |
//! | id, type, data | S | the event: its id, its stored name, and its data as JSON in the shape of its current schema |
//! | at | S | when it was accepted: RFC 3339 in UTC, to the microsecond |
//! | traceparent, `correlation_id`, `causation_id` | S | the first one only where the request had one |
//!
//! Beside the events is the checkpoint, `checkpoint#history-projection`, with the version it is at and the order's
//! `user_id`: only the first event tells it.
//!
//! An event's item never changes. It is therefore written without a condition, and before the checkpoint moves past it.
//! A write that was cut off is made again whole. Between the two an event can be there whose predecessor is not: a
//! reader stops at the first version that is missing.
//!
//! # Costs
//! An event takes a write unit for each KB, and a run of events one more for the checkpoint. A page is a `Query` and a
//! `GetItem`.

mod event;
mod page;

use aws_sdk_dynamodb::Client;
use dynamo::Table;
use es_core::StreamId;
use view_store::ItemKey;

use crate::orders::partition_of;

pub use event::{HistoryChange, HistoryEvent};
pub use page::{HistoryCursor, HistoryPage};

/// The attribute of the checkpoint with the user whose order it is.
const USER_ID: &str = "user_id";

/// The histories of all orders in one DynamoDB table.
///
/// It holds no state of its own: clones share the client's connections, and the client brings timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoHistories {
    table: Table,
}

impl DynamoHistories {
    /// The histories in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Where the checkpoint of the history of the order in `stream` is.
    #[must_use]
    pub fn checkpoint(stream: &StreamId) -> ItemKey {
        ItemKey::new(partition_of(stream.uuid()), "checkpoint#history-projection")
    }
}
