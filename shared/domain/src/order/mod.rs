//! The order: an aggregate from its creation to its shipment or cancellation.

mod command;
mod decide;
mod draft;
mod error;
mod event;
mod id;
mod state;

pub use command::{CreateOrder, OrderCommand, OrderItem, ProductId, Reason, UserId};
pub use decide::Order;
pub use draft::{CancellationDraft, ItemDraft, MAX_ITEMS, OrderDraft, ShipmentDraft};
pub use error::{InvalidField, OrderError, ValueError};
pub use event::{OrderCancelled, OrderCreated, OrderEvent, OrderShipped, OrderedItem};
pub use id::OrderId;
pub use state::{OrderState, OrderStatus, Placed, UnknownStatus};
