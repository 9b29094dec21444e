//! The limits of an order: the number of items, and the number of pieces of one product.

use serde::{Deserialize, Serialize};

/// The most items in one order. A shopper's basket rarely has so many; a larger purchase needs several orders.
pub const MAX_ITEMS: usize = 50;

/// A number of pieces: 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Quantity(u16);

/// The number of pieces is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", Quantity::MAX)]
pub struct QuantityError;

impl Quantity {
    /// The most pieces of one product in an order.
    pub const MAX: u16 = 10_000;

    /// The number of pieces.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<i64> for Quantity {
    type Error = QuantityError;

    fn try_from(pieces: i64) -> Result<Self, Self::Error> {
        match u16::try_from(pieces) {
            Ok(pieces @ 1..=Self::MAX) => Ok(Self(pieces)),
            Ok(_) | Err(_) => Err(QuantityError),
        }
    }
}

impl From<Quantity> for i64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0.into()
    }
}
