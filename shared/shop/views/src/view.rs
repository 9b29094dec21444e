//! The view of an order, as queries answer it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{StreamVersion, Timestamp, Versioned};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ReadError;
use crate::cursor::Position;
use crate::item::Item;
use crate::keys::{self, PK};

/// The view of an order. Its JSON is what a query answers; what is not known is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderView {
    /// The order.
    pub order_id: Uuid,
    /// The version of the last event that is in it.
    pub version: StreamVersion,
    /// Whose order it is.
    pub user_id: String,
    /// Where the order stands.
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
    /// Who carries it, once it is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Why it was given up, where somebody said.
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
    /// How many pieces.
    pub quantity: i64,
    /// The price of one piece, in minor units.
    pub unit_price_cents: i64,
}

impl OrderLine {
    /// The attribute `items` that holds `lines`.
    pub(crate) fn to_json(lines: &[Self]) -> String {
        serde_json::json!(lines).to_string()
    }
}

impl Versioned for OrderView {
    fn version(&self) -> StreamVersion {
        self.version
    }
}

impl OrderView {
    /// Its place in a list.
    pub(crate) const fn position(&self) -> Position {
        Position { created_at: self.created_at, order: self.order_id }
    }

    /// The view that `item` holds; `None` where no event has told yet of the order's opening, so that there is
    /// nothing but a checkpoint.
    pub(crate) fn of(item: &HashMap<String, AttributeValue>) -> Result<Option<Self>, ReadError> {
        let item = Item(item);
        if !item.0.contains_key("created_at") {
            return Ok(None);
        }
        let order_id = keys::order_of(&item.text(PK)?).ok_or_else(|| item.corrupt(PK))?;
        Ok(Some(Self {
            order_id,
            version: item.version()?,
            user_id: item.text("user_id")?,
            status: item.text("status")?,
            items: serde_json::from_str(&item.text("items")?).map_err(|_| item.corrupt("items"))?,
            total_amount_cents: item.number("total_amount_cents")?,
            currency: item.text("currency")?,
            tracking_number: item.optional("tracking_number"),
            carrier: item.optional("carrier"),
            cancel_reason: item.optional("cancel_reason"),
            created_at: item.time("created_at")?,
            updated_at: item.time("updated_at")?,
        }))
    }
}
