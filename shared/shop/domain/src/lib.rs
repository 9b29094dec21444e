//! The domain of orders and products. It is pure: it has no clock, no randomness and no I/O.
// The lint forbids unchecked arithmetic, so the overflow of an amount always becomes an error that the caller gets.
#![deny(clippy::arithmetic_side_effects)]

mod actor;
mod currency;
mod invalid;
mod money;
pub mod order;
pub mod product;
mod quantity;
mod shipment;
mod text;

use es_core::{PersonalField, PersonalFields as _};

pub use actor::{Actor, CallerCommand};
pub use currency::{Currency, UnknownCurrency};
pub use invalid::{InvalidField, ValueError};
pub use money::{Money, MoneyError};
pub use quantity::{Quantity, QuantityError};
pub use shipment::{Carrier, ShipmentError, TrackingNumber};
pub use text::{Text, TextError};

/// The personal fields of all events, with one line for each aggregate. `docs/personal-data.md` says where they are
/// stored.
#[must_use]
pub fn personal_fields() -> Vec<PersonalField> {
    let mut fields = Vec::new();
    fields.extend(order::OrderEvent::personal_fields());
    fields.extend(product::ProductEvent::personal_fields());
    fields
}
