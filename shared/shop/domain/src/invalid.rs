//! Errors for invalid values: the field of the command, and the problem with its value.

use es_core::{DomainError, Refusal};

use crate::quantity::{MAX_ITEMS, MAX_TOTAL};
use crate::{MoneyError, QuantityError, ShipmentError, TextError, UnknownCurrency};

/// A field of a command has an invalid value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct InvalidField {
    /// The path of the field in the command, for example `items[0].quantity`.
    pub field: String,
    /// The problem with the value.
    pub problem: ValueError,
}

impl InvalidField {
    /// Returns a function for `map_err` that adds `field`, the path of a field in the command, to the error of a value.
    pub fn at<P: Into<ValueError>>(field: impl Into<String>) -> impl FnOnce(P) -> Self {
        Self::at_path(|| field.into())
    }

    /// Returns the same function for a path that is made only if there is an error.
    pub(crate) fn at_path<P: Into<ValueError>>(path: impl FnOnce() -> String) -> impl FnOnce(P) -> Self {
        |problem| Self { field: path(), problem: problem.into() }
    }
}

/// The problem with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The text is invalid.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The number of pieces is out of range.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// The amount is invalid.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The currency is unknown.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// The carrier or the tracking number is malformed.
    #[error(transparent)]
    Shipment(#[from] ShipmentError),
    /// The order has no item.
    #[error("must have at least one item")]
    NoItems,
    /// The order has too many items.
    #[error("must have at most {MAX_ITEMS} items; split the order")]
    TooManyItems,
    /// An earlier item has the same product.
    #[error("an earlier item has this product; send one item with the sum of the quantities")]
    ProductRepeated,
    /// The command must contain a price and does not.
    #[error("missing; send the price of one piece in minor units")]
    PriceMissing,
    /// The price in the command differs from the product's price.
    #[error("must be the price in the catalog, {expected}; send that price or leave the field out")]
    PriceMismatch {
        /// The product's price, in minor units.
        expected: i64,
    },
    /// The sum of the items up to this one is above [`MAX_TOTAL`].
    #[error("the total of an order must be at most {MAX_TOTAL} minor units; split the order")]
    TotalTooLarge,
    /// The total in the command differs from the sum of the items.
    #[error("must be the sum of the items, {expected}; send that sum or leave the field out")]
    TotalMismatch {
        /// The sum, in minor units.
        expected: i64,
    },
    /// The product was never registered.
    #[error("the product does not exist; check the id")]
    ProductUnknown,
    /// The product is no longer for sale.
    #[error("the product is discontinued; order another product")]
    ProductDiscontinued,
}

impl ValueError {
    /// The stable code of the problem, which clients see.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Text(TextError::Empty) => "text-empty",
            Self::Text(TextError::TooLong(_) | TextError::TooManyBytes(_)) => "text-too-long",
            Self::Text(TextError::Unclean) => "text-unclean",
            Self::Text(TextError::DotSegment) => "text-dot-segment",
            Self::Text(TextError::UrlDelimiter) => "text-url-delimiter",
            Self::Quantity(QuantityError) => "quantity-out-of-range",
            Self::Money(MoneyError::Negative) => "amount-negative",
            Self::Money(MoneyError::TooLarge) => "amount-too-large",
            Self::Money(MoneyError::MixedCurrencies(..)) => "currencies-mixed",
            Self::Currency(UnknownCurrency) => "currency-unknown",
            Self::Shipment(ShipmentError::Carrier) => "carrier-malformed",
            Self::Shipment(ShipmentError::TrackingNumber) => "tracking-number-malformed",
            Self::NoItems => "items-missing",
            Self::TooManyItems => "items-too-many",
            Self::ProductRepeated => "product-repeated",
            Self::PriceMissing => "price-missing",
            Self::PriceMismatch { .. } => "price-mismatch",
            Self::TotalTooLarge => "total-too-large",
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
