//! The events of a product. Their names and fields are a storage format that must not change. The values have plain
//! JSON types without further checks, because stored events must always load.

use es_core::{DomainEvent, PersonalFields};
use serde::{Deserialize, Serialize};

/// An event of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", content = "data")]
pub enum ProductEvent {
    /// The product was registered.
    ProductRegistered(ProductRegistered),
    /// The product's name changed.
    ProductRenamed(ProductRenamed),
    /// The product's price changed.
    ProductPriceChanged(ProductPriceChanged),
    /// The shop stopped selling the product.
    ProductDiscontinued {},
}

/// A product was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProductRegistered {
    /// The id that the shop gave the product. The event must contain it, because the stream's UUID is only a hash of
    /// the id.
    #[personal(no)]
    pub product_id: String,
    /// The product's name.
    #[personal(no)]
    pub name: String,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// The ISO 4217 code of the currency.
    #[personal(no)]
    pub currency: String,
}

/// The name of a product changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProductRenamed {
    /// The new name.
    #[personal(no)]
    pub name: String,
}

/// The price of a product changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProductPriceChanged {
    /// The new price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// The ISO 4217 code of the currency.
    #[personal(no)]
    pub currency: String,
}
