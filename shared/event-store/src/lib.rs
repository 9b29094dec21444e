//! The DynamoDB adapter of the event store's ports.
//!
//! One item of the event table is one [`Commit`](es_core::Commit). [`CommitItem`] is that item free of any SDK's
//! types, so that the same decoder serves the table and the change stream behind it.

mod attributes;
mod codec;
mod item;

pub use attributes::MAX_ITEM_BYTES;
pub use item::{Attributes, CommitItem, InvalidItem};
