//! The domain of orders, products and notifications. It is pure: it has no clock, no randomness and no I/O.
// The lint forbids unchecked arithmetic, so the overflow of an amount always becomes an error that the caller gets.
#![deny(clippy::arithmetic_side_effects)]

mod actor;
mod currency;
mod invalid;
mod money;
pub mod notification;
pub mod order;
pub mod product;
mod quantity;
mod shipment;
mod text;

use es_core::{Decider, PersonalField, PersonalFields};

/// Passes the deciders of all aggregates to the macro `$each`. Whatever goes over all aggregates uses this list.
#[macro_export]
macro_rules! each_aggregate {
    ($each:ident) => {
        $each! {
            $crate::notification::Notification,
            $crate::order::Order,
            $crate::product::Product,
        }
    };
}

pub use actor::{Actor, CallerCommand};
pub use currency::{Currency, UnknownCurrency};
pub use invalid::{InvalidField, ValueError};
pub use money::{Money, MoneyError};
pub use quantity::{Quantity, QuantityError};
pub use shipment::{Carrier, ShipmentError, TrackingNumber};
pub use text::{Text, TextError};

/// The personal fields of all events. `docs/personal-data.md` says where they are
/// stored.
#[must_use]
pub fn personal_fields() -> Vec<PersonalField> {
    macro_rules! fields {
        ($($decider:ty),+ $(,)?) => {
            [$(<<$decider as Decider>::Event as PersonalFields>::personal_fields()),+].concat()
        };
    }
    each_aggregate!(fields)
}
