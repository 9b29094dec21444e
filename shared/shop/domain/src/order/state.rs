//! What the rules of an order need to know of its past.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::OrderEvent;

/// An order as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum OrderState {
    /// There is none yet.
    #[default]
    Missing,
    /// It was opened and not accepted yet.
    Pending(Placed),
    /// It was accepted for shipment.
    Confirmed(Placed),
    /// A carrier has it.
    Shipped(Placed),
    /// Its customer has it.
    Delivered(Placed),
    /// It was given up.
    Cancelled(Placed),
}

/// What stays the same in the life of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Whose order it is.
    pub user_id: String,
}

/// Where an order stands, as callers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    /// Opened.
    Pending,
    /// Accepted for shipment.
    Confirmed,
    /// With a carrier.
    Shipped,
    /// With its customer.
    Delivered,
    /// Given up.
    Cancelled,
}

/// A text that is no status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a status is pending, confirmed, shipped, delivered or cancelled")]
pub struct UnknownStatus;

impl OrderStatus {
    /// Every status there is.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Confirmed, Self::Shipped, Self::Delivered, Self::Cancelled];

    /// Its name.
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
    /// Where the order stands; `None` where there is none.
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

    /// The name of its status, `missing` where there is no order.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.status().map_or("missing", OrderStatus::as_str)
    }

    /// Whose order it is: the id of its customer; `None` where there is no order.
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

    /// The state after `event`. Where an event does not fit, the state stays: it is history all the same.
    pub(super) fn after(self, event: &OrderEvent) -> Self {
        let placed = match (self, event) {
            (Self::Missing, OrderEvent::OrderCreated(created)) => Placed { user_id: created.user_id.clone() },
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
            OrderEvent::OrderConfirmed {} => Self::Confirmed(placed),
            OrderEvent::OrderShipped(_) => Self::Shipped(placed),
            OrderEvent::OrderDelivered {} => Self::Delivered(placed),
            OrderEvent::OrderCancelled(_) => Self::Cancelled(placed),
        }
    }
}
