//! The DynamoDB idiom of this system, in one place.
//!
//! A store has a [`Table`]. Each call of one of its ports begins a [`PortCall`], sends its requests through it, and so
//! records the capacity of all of them on its span. No other crate names the SDK's error codes, DynamoDB's limits, or a
//! loop over batches or pages.

mod batch;
mod call;
mod failure;
mod item;
mod limits;
mod table;
mod update;

pub use batch::pause;
pub use call::{ConditionalWrite, Metered, PortCall, Transaction};
pub use failure::Failure;
pub use item::{AttributeMap, CorruptItem, Item, PK, SK, attribute_value, number, text};
pub use limits::{
    MAX_GET_BATCH, MAX_ITEM_BYTES, MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES, MAX_TRANSACTION_ACTIONS,
    MAX_WRITE_BATCH, check_size, item_bytes, value_bytes,
};
pub use table::Table;
pub use update::UpdateExpression;
