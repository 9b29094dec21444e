//! The view of a product, as queries answer it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{StreamVersion, Timestamp, Versioned};
use serde::Serialize;

use crate::ReadError;
use crate::item::Item;

/// The view of a product. Its JSON is what a query answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductView {
    /// What its seller calls it.
    pub product_id: String,
    /// The version of the last event that is in it.
    pub version: StreamVersion,
    /// What it is called.
    pub name: String,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether it is offered: `active` or `discontinued`.
    pub status: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl Versioned for ProductView {
    fn version(&self) -> StreamVersion {
        self.version
    }
}

impl ProductView {
    /// The view that `item` holds; `None` where no event has told yet of the product's registration, so that there
    /// is nothing but a checkpoint.
    pub(super) fn of(item: &HashMap<String, AttributeValue>) -> Result<Option<Self>, ReadError> {
        let item = Item(item);
        if !item.0.contains_key("created_at") {
            return Ok(None);
        }
        Ok(Some(Self {
            product_id: item.text("product_id")?,
            version: item.version()?,
            name: item.text("name")?,
            unit_price_cents: item.number("unit_price_cents")?,
            currency: item.text("currency")?,
            status: item.text("status")?,
            created_at: item.time("created_at")?,
            updated_at: item.time("updated_at")?,
        }))
    }
}
