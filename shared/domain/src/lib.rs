//! The order domain: pure, without clock, randomness or I/O.

mod currency;
mod money;
pub mod order;
mod quantity;
mod shipment;
mod text;

pub use currency::{Currency, UnknownCurrency};
pub use money::{Money, MoneyError};
pub use quantity::{Quantity, QuantityError};
pub use shipment::{Carrier, ShipmentError, TrackingNumber};
pub use text::{Text, TextError};
