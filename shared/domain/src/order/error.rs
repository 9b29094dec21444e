//! Why a command on an order is refused.

use es_core::{DomainError, Refusal};

use crate::{MoneyError, QuantityError, ShipmentError, TextError, UnknownCurrency};

/// Why a command on an order is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is no such order.
    #[error("there is no such order")]
    NotFound,
    /// The order is there already.
    #[error("the order exists already")]
    AlreadyExists,
    /// It must be confirmed first.
    #[error("the order is not confirmed yet")]
    NotConfirmed,
    /// It was confirmed before.
    #[error("the order is confirmed already")]
    AlreadyConfirmed,
    /// A carrier has it.
    #[error("the order is shipped already")]
    AlreadyShipped,
    /// It was given up.
    #[error("the order is cancelled")]
    AlreadyCancelled,
    /// A value in the command cannot be accepted.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
}

/// A value that cannot be accepted, and where it stands in the command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct InvalidField {
    /// Where in the command: `items[0].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub problem: ValueError,
}

impl InvalidField {
    /// Turns what is wrong with a value into what is wrong with the field that holds it.
    pub(super) fn at<P: Into<ValueError>>(field: impl Into<String>) -> impl FnOnce(P) -> Self {
        let field = field.into();
        move |problem| Self { field, problem: problem.into() }
    }
}

/// What can be wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A number of pieces.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// An amount.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A currency.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// A carrier or a tracking number.
    #[error(transparent)]
    Shipment(#[from] ShipmentError),
    /// An order of nothing.
    #[error("an order has at least one item")]
    NoItems,
    /// An order of too much.
    #[error("an order has at most {} items", super::MAX_ITEMS)]
    TooManyItems,
    /// The claimed total is not the sum of the items.
    #[error("the items add up to {expected}")]
    TotalMismatch {
        /// The sum, in minor units.
        expected: i64,
    },
}

impl ValueError {
    /// The stable name of what is wrong.
    const fn code(&self) -> &'static str {
        match self {
            Self::Text(TextError::Empty) => "text-empty",
            Self::Text(TextError::TooLong(_)) => "text-too-long",
            Self::Text(TextError::Unclean) => "text-unclean",
            Self::Quantity(QuantityError) => "quantity-out-of-range",
            Self::Money(MoneyError::Negative) => "amount-negative",
            Self::Money(MoneyError::TooLarge) => "amount-too-large",
            Self::Money(MoneyError::MixedCurrencies(..)) => "currencies-mixed",
            Self::Currency(UnknownCurrency) => "currency-unknown",
            Self::Shipment(ShipmentError::Carrier) => "carrier-malformed",
            Self::Shipment(ShipmentError::TrackingNumber) => "tracking-number-malformed",
            Self::NoItems => "items-missing",
            Self::TooManyItems => "items-too-many",
            Self::TotalMismatch { .. } => "total-mismatch",
        }
    }
}

impl DomainError for OrderError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotFound => Refusal::NotFound,
            Self::AlreadyExists => Refusal::Rule { code: "order-already-exists" },
            Self::NotConfirmed => Refusal::Rule { code: "order-not-confirmed" },
            Self::AlreadyConfirmed => Refusal::Rule { code: "order-already-confirmed" },
            Self::AlreadyShipped => Refusal::Rule { code: "order-already-shipped" },
            Self::AlreadyCancelled => Refusal::Rule { code: "order-already-cancelled" },
            Self::Invalid(invalid) => invalid.refusal(),
        }
    }
}

impl DomainError for InvalidField {
    fn refusal(&self) -> Refusal {
        Refusal::Invalid { field: self.field.clone(), code: self.problem.code() }
    }
}
