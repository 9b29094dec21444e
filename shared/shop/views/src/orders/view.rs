//! The view of an order, as queries answer it.

use dynamo::{AttributeMap, CorruptItem, Item, PK};
use es_core::{StreamVersion, Timestamp, Versioned};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use view_store::{Position, Positioned, VERSION};

/// The view of an order. Its JSON is what a query answers; what is not known is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderView {
    /// The order.
    pub order_id: Uuid,
    /// The version of the last event that is in it.
    pub version: StreamVersion,
    /// The user whose order it is.
    pub user_id: String,
    /// The order's status.
    pub status: String,
    /// What was ordered.
    pub items: Vec<OrderLine>,
    /// The sum, in minor units of `currency`.
    pub total_amount_cents: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// The parcel's number, once it is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// The parcel's carrier, once it is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The reason of the cancellation, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// One position of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What was ordered.
    pub product_id: String,
    /// The product's name when it was ordered, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number of pieces.
    pub quantity: i64,
    /// The price of one piece, in minor units.
    pub unit_price_cents: i64,
}

impl Versioned for OrderView {
    fn version(&self) -> StreamVersion {
        self.version
    }
}

impl Positioned for OrderView {
    fn position(&self) -> Position {
        Position { time: self.created_at, id: self.order_id }
    }
}

impl OrderView {
    /// The view that `item` holds; `None` if no event has told yet of the order's opening: the item is only a
    /// checkpoint.
    pub(crate) fn from_item(item: &AttributeMap) -> Result<Option<Self>, CorruptItem> {
        let item = Item(item);
        if !item.has("created_at") {
            return Ok(None);
        }
        let order_id = item.text(PK)?.strip_prefix("order#").and_then(|order| order.parse().ok());
        Ok(Some(Self {
            order_id: order_id.ok_or_else(|| item.corrupt(PK))?,
            version: StreamVersion::new(item.number(VERSION)?),
            user_id: item.text("user_id")?.to_owned(),
            status: item.text("status")?.to_owned(),
            items: item.json("items")?,
            total_amount_cents: item.number("total_amount_cents")?,
            currency: item.text("currency")?.to_owned(),
            tracking_number: item.optional("tracking_number").map(str::to_owned),
            carrier: item.optional("carrier").map(str::to_owned),
            cancel_reason: item.optional("cancel_reason").map(str::to_owned),
            created_at: item.parsed("created_at")?,
            updated_at: item.parsed("updated_at")?,
        }))
    }
}
