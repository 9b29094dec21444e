//! The state of an order: the part of its history that the rules need.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::OrderEvent;

/// The state of an order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum OrderState {
    /// The order does not exist.
    #[default]
    Missing,
    /// The order was created and is not confirmed yet.
    Pending(PlacedOrder),
    /// The shop accepted the order for shipment.
    Confirmed(PlacedOrder),
    /// A carrier has the parcel.
    Shipped(PlacedOrder),
    /// The customer has the parcel.
    Delivered(PlacedOrder),
    /// The order is cancelled.
    Cancelled(PlacedOrder),
}

/// The part of the state that never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    /// The id of the order's customer.
    pub user_id: String,
}

/// The status of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    /// Created, but not confirmed yet.
    Pending,
    /// Accepted for shipment.
    Confirmed,
    /// Handed to a carrier.
    Shipped,
    /// Received by the customer.
    Delivered,
    /// Cancelled.
    Cancelled,
}

/// The text is not the name of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be pending, confirmed, shipped, delivered or cancelled")]
pub struct UnknownStatus;

impl OrderStatus {
    /// All statuses.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Confirmed, Self::Shipped, Self::Delivered, Self::Cancelled];

    /// The name of the status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OrderStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

impl OrderState {
    /// The order's status; `None` if the order does not exist.
    #[must_use]
    pub const fn status(&self) -> Option<OrderStatus> {
        match self {
            Self::Missing => None,
            Self::Pending(_) => Some(OrderStatus::Pending),
            Self::Confirmed(_) => Some(OrderStatus::Confirmed),
            Self::Shipped(_) => Some(OrderStatus::Shipped),
            Self::Delivered(_) => Some(OrderStatus::Delivered),
            Self::Cancelled(_) => Some(OrderStatus::Cancelled),
        }
    }

    /// The name of the status; `missing` if the order does not exist.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.status().map_or("missing", OrderStatus::as_str)
    }

    /// The id of the order's customer; `None` if the order does not exist.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Missing => None,
            Self::Pending(placed)
            | Self::Confirmed(placed)
            | Self::Shipped(placed)
            | Self::Delivered(placed)
            | Self::Cancelled(placed) => Some(&placed.user_id),
        }
    }

    /// The state after `event`. An event that does not fit the state is ignored, because stored events must always
    /// load.
    pub(super) fn after(self, event: &OrderEvent) -> Self {
        let placed = match (self, event) {
            (Self::Missing, OrderEvent::OrderCreated(created)) => {
                PlacedOrder { user_id: created.user_id.clone() }
            }
            (state, OrderEvent::OrderCreated(_)) | (state @ Self::Missing, _) => return state,
            (
                Self::Pending(placed)
                | Self::Confirmed(placed)
                | Self::Shipped(placed)
                | Self::Delivered(placed)
                | Self::Cancelled(placed),
                _,
            ) => placed,
        };
        match event {
            OrderEvent::OrderCreated(_) => Self::Pending(placed),
            OrderEvent::OrderConfirmed(_) => Self::Confirmed(placed),
            OrderEvent::OrderShipped(_) => Self::Shipped(placed),
            OrderEvent::OrderDelivered {} => Self::Delivered(placed),
            OrderEvent::OrderCancelled(_) => Self::Cancelled(placed),
        }
    }
}
