//! The domain of orders and products: pure, without clock, randomness or I/O.
// An amount that overflows is an error that the caller hears of, wherever it is added up.
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

pub use actor::{Actor, Asked};
pub use currency::{Currency, UnknownCurrency};
pub use invalid::{InvalidField, ValueError};
pub use money::{Money, MoneyError};
pub use quantity::{Quantity, QuantityError};
pub use shipment::{Carrier, ShipmentError, TrackingNumber};
pub use text::{Text, TextError};
