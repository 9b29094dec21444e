//! Exact amounts of money.

use serde::{Deserialize, Serialize};

use crate::{Currency, Quantity};

/// An amount from 0 to [`Money::MAX_MINOR`] in the minor unit of its currency, for example cents for the euro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// The amount or the result of a calculation is not a valid [`Money`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amount is below zero.
    #[error("the amount must be at least 0")]
    Negative,
    /// The amount is above [`Money::MAX_MINOR`].
    #[error("the amount must be at most {}", Money::MAX_MINOR)]
    TooLarge,
    /// The amounts have different currencies.
    #[error("{0} and {1} cannot be added; use one currency for the whole order")]
    MixedCurrencies(Currency, Currency),
}

impl Money {
    /// The largest amount: 9,007,199,254,740,991. Every JSON reader represents whole numbers up to this one exactly
    /// (RFC 8259, section 6).
    pub const MAX_MINOR: i64 = (1 << 53) - 1;

    /// `minor` minor units of `currency`.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] if `minor` is below 0, and [`MoneyError::TooLarge`] if it is above
    /// [`Money::MAX_MINOR`].
    pub const fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        match minor {
            ..0 => Err(MoneyError::Negative),
            0..=Self::MAX_MINOR => Ok(Self { minor, currency }),
            _ => Err(MoneyError::TooLarge),
        }
    }

    /// The amount zero in `currency`.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The amount in minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum of both amounts.
    ///
    /// # Errors
    /// [`MoneyError::MixedCurrencies`] if the currencies differ, and [`MoneyError::TooLarge`] if the sum is above
    /// [`Money::MAX_MINOR`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Self::new(minor, self.currency)
    }

    /// The amount multiplied by `quantity`.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] if the product is above [`Money::MAX_MINOR`].
    pub fn times(self, quantity: Quantity) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(quantity.get().into()).ok_or(MoneyError::TooLarge)?;
        Self::new(minor, self.currency)
    }
}

/// The stored form of an amount, which is checked when it is read.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Parts {
    minor: i64,
    currency: Currency,
}

impl TryFrom<Parts> for Money {
    type Error = MoneyError;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        Self::new(parts.minor, parts.currency)
    }
}

impl From<Money> for Parts {
    fn from(money: Money) -> Self {
        Self { minor: money.minor, currency: money.currency }
    }
}
