//! The setting that says where the prices of an order come from.

use std::time::Duration;

use lambda::{Error, variable};

use super::catalog::RememberedProducts;

/// Where the prices of an order come from.
#[derive(Debug)]
pub enum PriceSource {
    /// From the products' streams. Names and prices in the command must agree with them. An instance uses a product that
    /// it remembers instead of its stream.
    Catalog(RememberedProducts),
    /// From the command itself. No product is read.
    Command,
}

/// A text that is not the name of a price source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("PRICE_SOURCE must be catalog or command, not {0:?}")]
pub struct UnknownPriceSource(String);

impl PriceSource {
    /// The source `name`: `catalog`, whose products are remembered for less than `max_age`, or `command`.
    ///
    /// # Errors
    /// [`UnknownPriceSource`] if `name` is another text.
    pub fn new(name: &str, max_age: Duration) -> Result<Self, UnknownPriceSource> {
        match name {
            "catalog" => Ok(Self::Catalog(RememberedProducts::new(max_age))),
            "command" => Ok(Self::Command),
            _ => Err(UnknownPriceSource(name.to_owned())),
        }
    }

    /// The source in the environment variable `PRICE_SOURCE`, with the seconds in `PRICE_MAX_AGE`.
    ///
    /// # Errors
    /// [`Error`] if a variable is missing or has an invalid value.
    pub fn from_environment() -> Result<Self, Error> {
        let max_age = aws_client::seconds("PRICE_MAX_AGE")?;
        Ok(Self::new(&variable("PRICE_SOURCE")?, max_age)?)
    }
}
