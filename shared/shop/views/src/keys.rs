//! Keys of the query table and of its indexes.

use es_core::{StreamVersion, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Partition key of the table.
pub(crate) const PK: &str = "pk";
/// Sort key of the table.
pub(crate) const SK: &str = "sk";
/// The sort key of every view: room for items of another kind beside it.
pub(crate) const VIEW: &str = "view";
/// The attribute that holds a view's checkpoint.
pub(crate) const VERSION: &str = "version";
/// Partition key of [`BY_USER`].
pub(crate) const USER_KEY: &str = "user_key";
/// Partition key of [`BY_STATUS`].
pub(crate) const STATUS_KEY: &str = "status_key";
/// Sort key of both indexes.
pub(crate) const ORDER_KEY: &str = "order_key";
/// The index of one user's orders.
pub(crate) const BY_USER: &str = "by_user";
/// The index of the orders in one status.
pub(crate) const BY_STATUS: &str = "by_status";

/// Over how many partitions the orders of one status are spread. DynamoDB takes 1,000 writes a second in a
/// partition, and every new order has the same status: four partitions take four times that.
///
/// A view is found under its shard again as long as this number stays; another number is a rebuild.
pub const STATUS_SHARDS: u8 = 4;

/// The partition key of an order's view.
pub(crate) fn pk(order: Uuid) -> String {
    format!("order#{order}")
}

/// The id of the stream whose view is under the partition key `pk`, as it is traced.
pub(crate) fn stream(pk: &str) -> String {
    pk.replacen('#', "-", 1)
}

/// The order whose view is under the partition key `pk`.
pub(crate) fn order_of(pk: &str) -> Option<Uuid> {
    pk.strip_prefix("order#")?.parse().ok()
}

/// The partition of the postings of words that begin with `prefix`.
pub(crate) fn word_key(prefix: &str) -> String {
    format!("word#{prefix}")
}

/// The partition of [`BY_STATUS`] that lists the products. One is enough, for products change seldom; its number leaves
/// room for more, as those of the statuses have.
pub(crate) const PRODUCTS: &str = "product#0";

/// The partition key of the view of the product whose stream has the uuid `product`.
pub(crate) fn product_pk(product: Uuid) -> String {
    format!("product#{product}")
}

/// The sort key of the checkpoint of an order's history.
pub(crate) const HISTORY_CHECKPOINT: &str = "checkpoint#history-projection";

/// The sort key of the event of an order at `version`. All digits are there, so texts sort as numbers do.
pub(crate) fn event_key(version: StreamVersion) -> String {
    format!("event#{:020}", version.get())
}

/// The version of the event under the sort key `sk`.
pub(crate) fn version_of(sk: &str) -> Option<StreamVersion> {
    Some(StreamVersion::new(sk.strip_prefix("event#")?.parse().ok()?))
}

/// The partition of one user's orders.
pub(crate) fn user_key(user_id: &str) -> String {
    format!("user#{user_id}")
}

/// One partition of the orders in `status`.
pub(crate) fn status_key(status: &str, shard: u8) -> String {
    format!("status#{status}#{shard}")
}

/// The shard that an order is in, whatever its status. Ids can be derived from a name, and so be as uneven as their
/// maker likes; a digest of them is even.
pub(crate) fn status_shard(order: Uuid) -> u8 {
    Sha256::digest(order.as_bytes())[0] % STATUS_SHARDS
}

/// The place of an order in an index. Both parts have a fixed length, so texts sort by time and then by id.
pub(crate) fn order_key(created_at: Timestamp, order: Uuid) -> String {
    format!("{created_at}#{order}")
}
