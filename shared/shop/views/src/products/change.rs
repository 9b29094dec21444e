//! A change of a product's view: what is to be set, without knowing what is there.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Timestamp, Unwritable};

use crate::keys::{ORDER_KEY, PRODUCTS, STATUS_KEY};

/// The most bytes of the sort key of an index.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", section "Partition keys and sort keys".
const MAX_SORT_KEY_BYTES: usize = 1_024;

/// What is to be set in the view of a product; what is `None` stays as it is. One change can hold what several events
/// did, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductChange {
    /// What its seller calls it.
    pub product_id: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Whether it is offered.
    pub status: Option<String>,
    /// When it was registered.
    pub created_at: Option<Timestamp>,
    /// When it changed last.
    pub updated_at: Option<Timestamp>,
}

impl ProductChange {
    /// What it sets in the view, the attributes of the index included.
    pub(super) fn attributes(&self) -> Result<HashMap<&'static str, AttributeValue>, Unwritable> {
        if let Some(id) = self.product_id.as_ref().filter(|id| id.len() > MAX_SORT_KEY_BYTES) {
            return Err(Unwritable { attribute: ORDER_KEY, bytes: id.len(), limit: MAX_SORT_KEY_BYTES });
        }
        let texts = [
            ("product_id", self.product_id.clone()),
            ("name", self.name.clone()),
            ("currency", self.currency.clone()),
            ("status", self.status.clone()),
            ("created_at", self.created_at.map(|time| time.to_string())),
            ("updated_at", self.updated_at.map(|time| time.to_string())),
            (STATUS_KEY, self.product_id.as_ref().map(|_| PRODUCTS.to_owned())),
            (ORDER_KEY, self.product_id.clone()),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, AttributeValue::S(text?))));
        let price = self.unit_price_cents.map(|cents| AttributeValue::N(cents.to_string()));
        Ok(texts.chain(price.map(|price| ("unit_price_cents", price))).collect())
    }
}
