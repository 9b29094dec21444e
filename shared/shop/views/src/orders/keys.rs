//! The keys of the two indexes that list orders.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Partition key of the index of one user's orders.
pub(super) const USER_KEY: &str = "user_key";
/// Partition key of the index of the orders in one status, which the list of products shares.
pub(crate) const STATUS_KEY: &str = "status_key";
/// Sort key of both indexes.
pub(crate) const ORDER_KEY: &str = "order_key";
/// The index of one user's orders.
pub(super) const BY_USER: &str = "by_user";
/// The index of the orders in one status, which the list of products shares.
pub(crate) const BY_STATUS: &str = "by_status";

/// Over how many partitions the orders of one status are spread. DynamoDB takes 1,000 writes a second in a
/// partition, and every new order has the same status: four partitions take four times that.
///
/// A view is found under its shard again as long as this number stays; another number requires a rebuild.
pub const STATUS_SHARDS: u8 = 4;

/// The partition of one user's orders.
pub(super) fn user_key(user_id: &str) -> String {
    format!("user#{user_id}")
}

/// One partition of the orders in `status`.
pub(super) fn status_key(status: &str, shard: u8) -> String {
    format!("status#{status}#{shard}")
}

/// The shard that an order is in, whatever its status. Ids can be derived from a name, and then be as uneven as their
/// maker likes; a digest of them is even.
pub(super) fn status_shard(order: Uuid) -> u8 {
    Sha256::digest(order.as_bytes())[0] % STATUS_SHARDS
}
