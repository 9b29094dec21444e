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
//! An event's item never changes, so it is written without a condition, and before the checkpoint moves past it. A
//! write that was cut off is made again whole. Between the two an event can be there whose predecessor is not: a reader
//! stops at the first version that is missing.
//!
//! # Costs
//! An event takes a write unit for each KB, and a run of events one more for the checkpoint. A page is a `Query` and a
//! `GetItem`.

mod change;
mod cursor;
mod page;
mod store;

pub use change::{HistoryChange, HistoryEvent};
pub use cursor::HistoryCursor;
pub use page::HistoryPage;
pub use store::DynamoHistories;
