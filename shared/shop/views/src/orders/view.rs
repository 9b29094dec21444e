//! The view of an order.

use es_core::{StreamVersion, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use view_store::{Change, Field, Position, Positioned, View};

use super::keys::{ORDER_KEY, STATUS_KEY, STATUS_SHARDS, USER_KEY, order_shard, status_key, user_key};
use crate::currency::with_decimals;

/// The view of an order. Its JSON is the response of the query. The JSON leaves out optional fields without a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, View)]
#[view(partition = "order")]
pub struct OrderView {
    /// The order's id.
    #[view(id)]
    pub order_id: Uuid,
    /// The version of the last event that the view includes.
    pub version: StreamVersion,
    /// The id of the order's customer.
    pub user_id: String,
    /// The order's status.
    pub status: String,
    /// The ordered items.
    #[view(json)]
    pub items: Vec<OrderLine>,
    /// The sum, in minor units of `currency`.
    pub total_amount_cents: i64,
    /// The ISO 4217 code of the currency. The JSON also has `currency_decimals`.
    #[serde(flatten, serialize_with = "with_decimals")]
    pub currency: String,
    /// The id of the member of staff who confirmed the order, once the order is confirmed. Orders that were confirmed
    /// before events had this id do not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
    /// The parcel's tracking number, once the order is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// The parcel's carrier, once the order is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The reason of the cancellation, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// When the order was opened.
    #[view(opening)]
    pub created_at: Timestamp,
    /// When the order changed last.
    pub updated_at: Timestamp,
}

/// One item of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The id of the ordered product.
    pub product_id: String,
    /// The product's name at the time of the order, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number of pieces.
    pub quantity: i64,
    /// The price of one piece, in minor units of the order's currency.
    pub unit_price_cents: i64,
}

impl Positioned for OrderView {
    fn position(&self) -> Position {
        Position { time: self.created_at, id: self.order_id }
    }
}

impl OrderView {
    /// Adds the opening of `order` by `user_id` to `change`. This puts the order into the user's list.
    #[must_use]
    pub fn opened(change: Change<Self>, order: Uuid, user_id: &str, at: Timestamp) -> Change<Self> {
        change
            .set(Self::USER_ID, user_id)
            .set(Self::CREATED_AT, &at)
            .set(Field::partition_key(USER_KEY), &user_key(user_id))
            .set(Field::sort_key(ORDER_KEY), &Position { time: at, id: order }.to_string())
    }

    /// Adds the new `status` of `order` to `change`. This puts the order into the list of the status.
    #[must_use]
    pub fn moved(change: Change<Self>, order: Uuid, status: &str) -> Change<Self> {
        let key = status_key(status, order_shard(order, STATUS_SHARDS));
        change.set(Self::STATUS, status).set(Field::partition_key(STATUS_KEY), &key)
    }
}
