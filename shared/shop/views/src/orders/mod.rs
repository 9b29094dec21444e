//! The views of orders.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk, sk | S | `order#<order id>`, `view` |
//! | version | N | the checkpoint: the version of the last event that is in the view |
//! | `user_id`, status, `items` | S | `items` is a JSON array of `{product_id, name?, quantity, unit_price_cents}` |
//! | `total_amount_cents` | N | the sum, in minor units of currency |
//! | currency, `confirmed_by`, `tracking_number`, carrier, `cancel_reason` | S | all but currency are optional |
//! | `created_at`, `updated_at` | S | RFC 3339 in UTC, to the microsecond |
//! | `user_key` | S | `user#<user id>`: partition key of the index `by_user` |
//! | `status_key` | S | `status#<status>#<shard>`: partition key of the index `by_status` |
//! | `order_key` | S | `<created_at>#<order id>`: sort key of both indexes |
//!
//! Both indexes contain all attributes, so a list needs no read of the table. A status is spread over [`STATUS_SHARDS`]
//! partitions, because all new orders have the same status.
//!
//! `items` is one string instead of a list of maps. For the few items of an order, both forms take the same number of
//! capacity units, because a map repeats its attribute names as JSON does. On the wire, a list of maps is three times
//! as long as the string.
//!
//! # Costs
//! A write unit covers 1 KB of an item, and the view of an order with three items is smaller. Opening an order takes 3
//! units (the table and two indexes). A later change takes 4 units, because a change of `status_key` removes the old
//! index entry and adds a new one. A read unit covers 4 KB. All reads here are eventually consistent and take half of
//! that. Consistent reads would not help, because a view is behind its stream anyway; its version shows how far.
//!
//! Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations".

mod keys;
mod list;
mod view;

use es_core::{Category, StreamId};
use uuid::Uuid;
use view_store::{ItemKey, Views, view_key};

pub use keys::STATUS_SHARDS;
pub(crate) use keys::{BY_STATUS, ORDER_KEY, STATUS_KEY, order_shard};
pub use list::{OrderFilter, OrderPage, OrderScope, list_orders};
pub(crate) use list::{partition_query, partitions};
pub use view::{OrderLine, OrderView};

/// The stream of `order`.
pub(crate) const fn stream_of(order: Uuid) -> StreamId {
    StreamId::new(Category::new("order"), order)
}

/// The partition key of all items of one order.
pub(crate) fn partition_of(order: Uuid) -> String {
    format!("order#{order}")
}

/// The key of the view of `order`.
pub(crate) fn view_key_of(order: Uuid) -> ItemKey {
    view_key::<OrderView>(&stream_of(order))
}

/// The views of all orders.
pub type DynamoOrderViews = Views<OrderView>;
