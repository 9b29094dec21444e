//! The state of a product: the part of its history that the rules of products and orders need.

use serde::{Deserialize, Serialize};

use super::ProductEvent;
use crate::{Money, ValueError};

/// The state of a product.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum ProductState {
    /// The product does not exist.
    #[default]
    Missing,
    /// The product is for sale.
    Active(Offer),
    /// The product is no longer for sale.
    Discontinued,
}

/// The name and price of a product. The values come from stored events and are therefore unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The product's name.
    pub name: String,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// The ISO 4217 code of the currency.
    pub currency: String,
}

impl Offer {
    /// The price of one piece.
    ///
    /// # Errors
    /// [`ValueError::Money`] or [`ValueError::Currency`] if the stored price or currency is invalid.
    pub fn unit_price(&self) -> Result<Money, ValueError> {
        Ok(Money::new(self.unit_price_cents, self.currency.parse()?)?)
    }
}

impl ProductState {
    /// The name of the status: `missing`, `active` or `discontinued`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Active(_) => "active",
            Self::Discontinued => "discontinued",
        }
    }

    /// The state after `event`. An event that does not fit the state is ignored, because stored events must always
    /// load.
    pub(super) fn after(self, event: &ProductEvent) -> Self {
        match (self, event) {
            (Self::Missing, ProductEvent::ProductRegistered(new)) => Self::Active(Offer {
                name: new.name.clone(),
                unit_price_cents: new.unit_price_cents,
                currency: new.currency.clone(),
            }),
            (Self::Active(offer), ProductEvent::ProductRenamed(renamed)) => {
                Self::Active(Offer { name: renamed.name.clone(), ..offer })
            }
            (Self::Active(offer), ProductEvent::ProductPriceChanged(price)) => Self::Active(Offer {
                unit_price_cents: price.unit_price_cents,
                currency: price.currency.clone(),
                ..offer
            }),
            (Self::Active(_), ProductEvent::ProductDiscontinued {}) => Self::Discontinued,
            (state, _) => state,
        }
    }
}
