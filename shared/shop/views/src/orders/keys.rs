//! The keys of the two indexes for lists of orders.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The attribute that is the partition key of the index of orders by user.
pub(super) const USER_KEY: &str = "user_key";
/// The attribute that is the partition key of the index of orders by status. The list of products uses the same index.
pub(crate) const STATUS_KEY: &str = "status_key";
/// The attribute that is the sort key of both indexes.
pub(crate) const ORDER_KEY: &str = "order_key";
/// The index of orders by user.
pub(super) const BY_USER: &str = "by_user";
/// The index of orders by status. The list of products uses the same index.
pub(crate) const BY_STATUS: &str = "by_status";

/// The number of partitions over which the orders of one status are spread. DynamoDB accepts 1,000 write units per
/// second in a partition, and all new orders have the same status. Four partitions accept four times as many.
///
/// Source: Amazon DynamoDB Developer Guide, "Best practices for designing and using partition keys effectively in
/// DynamoDB".
///
/// A change of this number requires a rebuild, because it changes the shards of existing views.
pub const STATUS_SHARDS: u8 = 4;

/// The partition key of one user's orders.
pub(super) fn user_key(user_id: &str) -> String {
    format!("user#{user_id}")
}

/// The partition key of one shard of the orders in `status`.
pub(super) fn status_key(status: &str, shard: u8) -> String {
    format!("status#{status}#{shard}")
}

/// The shard of an order, below `shards`. It depends on the order's id only, so every change of an order is in the same
/// shard. The id is hashed because ids derived from names may be distributed unevenly. The hash is a standard, because
/// stored items have the shard in their keys and the hash of the standard library may change with a release.
pub(crate) fn order_shard(order: Uuid, shards: u8) -> u8 {
    Sha256::digest(order.as_bytes())[0] % shards
}
