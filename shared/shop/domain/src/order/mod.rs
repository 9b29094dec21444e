//! The order aggregate, from its creation to its delivery or cancellation.

mod command;
mod decide;
mod draft;
mod error;
mod event;
mod ownership;
mod pricing;
mod request;
mod state;
mod user_id;

pub use crate::quantity::{MAX_ITEMS, MAX_TOTAL};
pub use command::{CreateOrder, OrderCommand, OrderItem, Reason};
pub use decide::{Order, OrderId};
pub use draft::{CancellationDraft, ItemDraft, OrderDraft, ShipmentDraft};
pub use error::OrderError;
pub use event::{OrderCancelled, OrderConfirmed, OrderCreated, OrderEvent, OrderShipped, OrderedItem};
pub use ownership::OwnedOrder;
pub use pricing::Catalog;
pub use request::OrderRequest;
pub use state::{OrderState, OrderStatus, PlacedOrder, UnknownStatus};
pub use user_id::UserId;
