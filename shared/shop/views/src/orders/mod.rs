//! The views of orders.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk, sk | S | `order#<order id>`, `view` |
//! | version | N | the checkpoint: the version of the last event that is in the view |
//! | `user_id`, status, `items` | S | `items` is a JSON array of `{product_id, name?, quantity, unit_price_cents}` |
//! | `total_amount_cents` | N | the sum, in minor units of currency |
//! | currency, `tracking_number`, carrier, `cancel_reason` | S | the last three only where they are known |
//! | `created_at`, `updated_at` | S | RFC 3339 in UTC, to the microsecond |
//! | `user_key` | S | `user#<user id>`: partition key of the index `by_user` |
//! | `status_key` | S | `status#<status>#<shard>`: partition key of the index `by_status` |
//! | `order_key` | S | `<created_at>#<order id>`: sort key of both indexes |
//!
//! Both indexes project every attribute: a list needs no read of the table. A status is spread over [`STATUS_SHARDS`]
//! partitions, because all new orders have the same one.
//!
//! `items` is one string and not a list of maps. For the few positions of an order both take the same number of capacity
//! units (a map repeats its attribute names as JSON does). The projection writes a string once, and both indexes carry
//! it without taking it apart; on the wire a list of maps is three times as long.
//!
//! # Costs
//! A write unit is 1 KB of item; the view of an order with three items is below that. Opening an order takes 3 units
//! (the table and two indexes). A later change takes 4, because a change of `status_key` removes the index's old entry
//! and puts a new one. A read unit is 4 KB, halved because all reads here are eventually consistent: a view is behind
//! its stream anyway, and says by its version how far.

mod list;
mod view;

use es_core::{Category, StreamId};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use view_store::{ItemKey, Views, view_key};

pub use list::{OrderFilter, OrderPage, Scope, list_orders};
pub(crate) use list::{partition_query, partitions};
pub use view::{OrderLine, OrderView};

/// Partition key of the index of one user's orders.
const USER_KEY: &str = "user_key";
/// Partition key of the index of the orders in one status, which the list of products shares.
pub(crate) const STATUS_KEY: &str = "status_key";
/// Sort key of both indexes.
pub(crate) const ORDER_KEY: &str = "order_key";
/// The index of one user's orders.
const BY_USER: &str = "by_user";
/// The index of the orders in one status, which the list of products shares.
pub(crate) const BY_STATUS: &str = "by_status";

/// Over how many partitions the orders of one status are spread. DynamoDB takes 1,000 writes a second in a
/// partition, and every new order has the same status: four partitions take four times that.
///
/// A view is found under its shard again as long as this number stays; another number requires a rebuild.
pub const STATUS_SHARDS: u8 = 4;

/// The stream of `order`.
pub(crate) const fn stream_of(order: Uuid) -> StreamId {
    StreamId::new(Category::new("order"), order)
}

/// The partition key of everything that is kept of one order.
pub(crate) fn partition_of(order: Uuid) -> String {
    format!("order#{order}")
}

/// The key of the view of `order`.
pub(crate) fn view_key_of(order: Uuid) -> ItemKey {
    view_key::<OrderView>(&stream_of(order))
}

/// The partition of one user's orders.
fn user_key(user_id: &str) -> String {
    format!("user#{user_id}")
}

/// One partition of the orders in `status`.
fn status_key(status: &str, shard: u8) -> String {
    format!("status#{status}#{shard}")
}

/// The shard that an order is in, whatever its status. Ids can be derived from a name, and then be as uneven as their
/// maker likes; a digest of them is even.
fn status_shard(order: Uuid) -> u8 {
    Sha256::digest(order.as_bytes())[0] % STATUS_SHARDS
}

/// The views of all orders.
pub type DynamoOrderViews = Views<OrderView>;
