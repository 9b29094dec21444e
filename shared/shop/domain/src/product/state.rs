//! What the rules of a product, and of the orders for it, need to know of its past.

use serde::{Deserialize, Serialize};

use super::ProductEvent;
use crate::{Money, ValueError};

/// A product as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum ProductState {
    /// There is none yet.
    #[default]
    Missing,
    /// It is offered.
    Active(Offer),
    /// It is no longer offered.
    Discontinued,
}

/// What a product is offered as. History fills it, so its values are as lenient as the events'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What it is called.
    pub name: String,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// ISO 4217 code.
    pub currency: String,
}

impl Offer {
    /// The price of one piece.
    ///
    /// # Errors
    /// [`ValueError`] where history tells a price that is none.
    pub fn unit_price(&self) -> Result<Money, ValueError> {
        Ok(Money::new(self.unit_price_cents, self.currency.parse()?)?)
    }
}

impl ProductState {
    /// The name of its status: `missing`, `active` or `discontinued`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Active(_) => "active",
            Self::Discontinued => "discontinued",
        }
    }

    /// The state after `event`. Where an event does not fit, the state stays: it is history all the same.
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
