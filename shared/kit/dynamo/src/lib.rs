//! All knowledge about DynamoDB that the stores share.
//!
//! A store has a [`Table`]. Each call of one of the store's ports starts a [`PortCall`] and sends its requests through
//! it, so that the capacity of all requests is recorded on the call's span. Only this crate knows the SDK's error codes
//! and DynamoDB's limits, and only this crate loops over batches and unbounded queries. The event store pages through a
//! stream by versions.

mod batch;
mod call;
mod error;
mod item;
mod limits;
mod table;
mod update;

pub use batch::{pause, random_pause};
pub use call::{ConditionalWrite, Metered, PortCall, Transaction};
pub use error::DynamoError;
pub use item::{AttributeMap, CorruptItem, Item, PK, SK, attribute_value, number, text};
pub use limits::{
    MAX_GET_BATCH, MAX_ITEM_BYTES, MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES, MAX_TRANSACTION_ACTIONS,
    MAX_TRANSACTION_BYTES, MAX_WRITE_BATCH, check_size, item_bytes, value_bytes,
};
pub use table::{TIMELINE, Table};
pub use update::UpdateExpression;
