//! The DynamoDB adapter of the event store's ports.
//!
//! One item of the event table is one [`Commit`](es_core::Commit). [`CommitItem`] is that item free of any SDK's
//! types, so that the same decoder serves the table and the change stream behind it.

mod append;
mod attributes;
mod capacity;
mod codec;
mod failure;
mod item;
mod load;
mod order;
mod read;
mod scan;
mod store;

pub use attributes::MAX_ITEM_BYTES;
pub use item::{Attributes, CommitItem, InvalidItem};
pub use store::DynamoEventStore;
