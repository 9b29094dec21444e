//! What may be asked of an order. A command that exists is well-formed; the rules decide whether it is allowed.

use crate::product::{ProductId, ProductName};
use crate::{Carrier, Money, Quantity, Text, TrackingNumber};

/// A customer's id: 1 to 128 characters.
pub type UserId = Text<128>;
/// Why an order is cancelled: 1 to 500 characters.
pub type Reason = Text<500>;

/// What may be asked of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderCommand {
    /// Open it.
    Create(CreateOrder),
    /// Accept it for shipment.
    Confirm,
    /// Record that a carrier has taken it.
    Ship {
        /// The parcel's number.
        tracking_number: TrackingNumber,
        /// Who carries it.
        carrier: Carrier,
    },
    /// Record that its customer has it.
    Deliver,
    /// Give it up.
    Cancel {
        /// Why.
        reason: Option<Reason>,
    },
}

/// An order to open, made of an [`OrderRequest`](super::OrderRequest) once its prices are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOrder {
    pub(super) user_id: UserId,
    pub(super) items: Vec<OrderItem>,
    pub(super) total: Money,
}

/// One position of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderItem {
    pub(super) product_id: ProductId,
    pub(super) name: Option<ProductName>,
    pub(super) quantity: Quantity,
    pub(super) unit_price: Money,
}
