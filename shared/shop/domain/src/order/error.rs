//! The reasons to refuse a command on an order.

use es_core::{DomainError, Refusal};

use crate::InvalidField;

/// Why a command on an order is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The order does not exist.
    #[error("the order does not exist")]
    NotFound,
    /// The order belongs to another customer.
    #[error("the order belongs to another customer")]
    NotYours,
    /// The order exists already.
    #[error("the order already exists; create another order under a new Idempotency-Key")]
    AlreadyExists,
    /// The order must be confirmed first.
    #[error("the order is not confirmed yet; confirm the order first")]
    NotConfirmed,
    /// The order is confirmed already.
    #[error("the order is already confirmed; ship or cancel the order")]
    AlreadyConfirmed,
    /// The order must be shipped first.
    #[error("the order is not shipped yet; ship the order first")]
    NotShipped,
    /// The order is shipped already.
    #[error("the order is already shipped; only its delivery can be recorded now")]
    AlreadyShipped,
    /// The order is delivered already.
    #[error("the order is already delivered and cannot change any more")]
    AlreadyDelivered,
    /// The order is cancelled already.
    #[error("the order is cancelled and cannot change any more; create a new order")]
    AlreadyCancelled,
    /// The command has an invalid value.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
}

impl DomainError for OrderError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotFound => Refusal::NotFound,
            Self::NotYours => Refusal::NotYours,
            Self::AlreadyExists => Refusal::Rule { code: "order-already-exists" },
            Self::NotConfirmed => Refusal::Rule { code: "order-not-confirmed" },
            Self::AlreadyConfirmed => Refusal::Rule { code: "order-already-confirmed" },
            Self::NotShipped => Refusal::Rule { code: "order-not-shipped" },
            Self::AlreadyShipped => Refusal::Rule { code: "order-already-shipped" },
            Self::AlreadyDelivered => Refusal::Rule { code: "order-already-delivered" },
            Self::AlreadyCancelled => Refusal::Rule { code: "order-already-cancelled" },
            Self::Invalid(invalid) => invalid.refusal(),
        }
    }
}
