//! What can happen to a product. Names and fields are a wire contract; their values are as lenient as JSON, for
//! history is never refused.

use es_core::DomainEvent;
use serde::{Deserialize, Serialize};

/// What can happen to a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
pub enum ProductEvent {
    /// It was offered for the first time.
    ProductRegistered(ProductRegistered),
    /// It got another name.
    ProductRenamed(ProductRenamed),
    /// It got another price.
    ProductPriceChanged(ProductPriceChanged),
    /// It is no longer offered.
    ProductDiscontinued {},
}

/// A product was offered for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductRegistered {
    /// What its seller calls it; the stream's uuid is derived from it and does not tell it.
    pub product_id: String,
    /// What it is called.
    pub name: String,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// A product got another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductRenamed {
    /// The new name.
    pub name: String,
}

/// A product got another price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPriceChanged {
    /// The new price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// ISO 4217 code.
    pub currency: String,
}
