//! Values that cannot be accepted: what is wrong, and where in the command.

use es_core::{DomainError, Refusal};

use crate::quantity::MAX_ITEMS;
use crate::{MoneyError, QuantityError, ShipmentError, TextError, UnknownCurrency};

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
    pub fn at<P: Into<ValueError>>(field: impl Into<String>) -> impl FnOnce(P) -> Self {
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
    #[error("an order has at most {MAX_ITEMS} items")]
    TooManyItems,
    /// A price that the command has to bring, and does not.
    #[error("the price of one piece is missing")]
    PriceMissing,
    /// The claimed price is not the product's.
    #[error("the price of one piece is {expected}")]
    PriceMismatch {
        /// The product's price, in minor units.
        expected: i64,
    },
    /// The claimed total is not the sum of the items.
    #[error("the items add up to {expected}")]
    TotalMismatch {
        /// The sum, in minor units.
        expected: i64,
    },
    /// A product that was never registered.
    #[error("there is no such product")]
    ProductUnknown,
    /// A product that is no longer sold.
    #[error("the product is discontinued")]
    ProductDiscontinued,
}

impl ValueError {
    /// The stable name of what is wrong.
    #[must_use]
    pub const fn code(&self) -> &'static str {
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
            Self::PriceMissing => "price-missing",
            Self::PriceMismatch { .. } => "price-mismatch",
            Self::TotalMismatch { .. } => "total-mismatch",
            Self::ProductUnknown => "product-unknown",
            Self::ProductDiscontinued => "product-discontinued",
        }
    }
}

impl DomainError for InvalidField {
    fn refusal(&self) -> Refusal {
        Refusal::Invalid { field: self.field.clone(), code: self.problem.code() }
    }
}
