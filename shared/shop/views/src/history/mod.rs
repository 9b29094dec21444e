//! The histories of orders. A history has one item for each event of an order.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk, sk | S | `order#<order id>`, `event#<version, 20 digits>` |
//! | id, type, data | S | the event: its id, its stored name, and its data as JSON in the form of its current schema |
//! | at | S | the time of acceptance: RFC 3339 in UTC, to the microsecond |
//! | traceparent, `correlation_id`, `causation_id` | S | `traceparent` is optional |
//! | timeline | S | the name of the event table |
//! | version | N | only in an event that is not the last one of its commit: the version before the commit |
//!
//! The newest event is the checkpoint; see [`CheckpointItem::Newest`](view_store::CheckpointItem). An event's item never
//! changes, so it is written without a condition. It is written after the events before it, so no event is missing
//! before another one. If a write is interrupted, the projection repeats the whole write. A commit that was written in
//! part does not count, because its events name the version before it.
//!
//! # Costs
//! An event takes one write unit per KB. A commit takes half a read unit for the event before it and half a unit to see
//! that the commit is new. Up to 100 orders share the requests: one `BatchGetItem` for each 50 orders and one
//! `BatchWriteItem` for each 25 events. The first page costs one `Query`, a later page also one `GetItem`.

mod event;
mod page;
mod write;

use aws_sdk_dynamodb::Client;
use dynamo::Table;

pub use event::{HistoryChange, HistoryEvent};
pub use page::{HistoryCursor, HistoryPage};

/// The beginning of the sort keys of events.
const EVENT: &str = "event#";

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
}
