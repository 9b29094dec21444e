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

pub use actor::{Actor, CallerCommand};
pub use currency::{Currency, UnknownCurrency};
pub use invalid::{InvalidField, ValueError};
pub use money::{Money, MoneyError};
pub use quantity::{Quantity, QuantityError};
pub use shipment::{Carrier, ShipmentError, TrackingNumber};
pub use text::{Text, TextError};
