//! What the queries answer.

use serde::Serialize;

use super::Day;

/// The orders of one day in one status, by their present status and in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DailyTotal {
    /// The day they were opened, in UTC.
    pub day: Day,
    /// Where they stand.
    pub status: String,
    /// ISO 4217 code.
    pub currency: String,
    /// How many they are.
    pub orders: i64,
    /// Their sums together, in minor units of `currency`.
    pub revenue_cents: i64,
}

/// The products that were sold in one currency, those with the most revenue first: sums in different currencies have
/// no order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrencyProducts {
    /// ISO 4217 code.
    pub currency: String,
    /// The products.
    pub products: Vec<ProductTotal>,
}

/// What was sold of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductTotal {
    /// The product.
    pub product_id: String,
    /// How many pieces.
    pub quantity: i64,
    /// For how much, in minor units.
    pub revenue_cents: i64,
}
