//! Why a command on an order is refused.

use es_core::{DomainError, Refusal};

use crate::InvalidField;

/// Why a command on an order is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is no such order.
    #[error("there is no such order")]
    NotFound,
    /// It is another customer's.
    #[error("the order belongs to another customer")]
    NotYours,
    /// The order is there already.
    #[error("the order exists already")]
    AlreadyExists,
    /// It must be confirmed first.
    #[error("the order is not confirmed yet")]
    NotConfirmed,
    /// It was confirmed before.
    #[error("the order is confirmed already")]
    AlreadyConfirmed,
    /// No carrier has it yet.
    #[error("the order is not shipped yet")]
    NotShipped,
    /// A carrier has it.
    #[error("the order is shipped already")]
    AlreadyShipped,
    /// Its customer has it.
    #[error("the order is delivered already")]
    AlreadyDelivered,
    /// It was given up.
    #[error("the order is cancelled")]
    AlreadyCancelled,
    /// A value in the command cannot be accepted.
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
