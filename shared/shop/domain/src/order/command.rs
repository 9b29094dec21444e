//! The commands on an order. A command value is always well-formed; the rules of the order decide whether the order's
//! state allows the command.

use super::UserId;
use crate::product::{ProductId, ProductName};
use crate::{Carrier, Money, Quantity, Text, TrackingNumber};

/// The reason of a cancellation: 1 to 500 characters. It is the only free text of an order that a customer writes, and it
/// may contain personal data.
pub type Reason = Text<500>;

/// A command on an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderCommand {
    /// Create the order.
    Create(CreateOrder),
    /// Confirm the order: the shop accepts it for shipment.
    Confirm {
        /// The id of the member of staff who confirms the order.
        confirmed_by: UserId,
    },
    /// Record that a carrier has picked up the parcel.
    Ship {
        /// The parcel's tracking number.
        tracking_number: TrackingNumber,
        /// The carrier.
        carrier: Carrier,
    },
    /// Record that the customer has received the parcel.
    Deliver,
    /// Cancel the order.
    Cancel {
        /// The reason, if the caller gives one.
        reason: Option<Reason>,
    },
}

/// The data of a new order. An [`OrderRequest`](super::OrderRequest) becomes a `CreateOrder` once its prices are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOrder {
    pub(super) user_id: UserId,
    pub(super) items: Vec<OrderItem>,
    pub(super) total: Money,
}

/// One item of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderItem {
    pub(super) product_id: ProductId,
    pub(super) name: Option<ProductName>,
    pub(super) quantity: Quantity,
    pub(super) unit_price: Money,
}
