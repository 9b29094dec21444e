//! The setting that says where the prices of an order come from.

use std::str::FromStr;

/// Where the prices of an order come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceSource {
    /// From the products' streams. Names and prices in the command must agree with them.
    Catalog,
    /// From the command itself. No product is read.
    Command,
}

/// A text that is not the name of a price source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("PRICE_SOURCE must be catalog or command, not {0:?}")]
pub struct UnknownPriceSource(String);

impl FromStr for PriceSource {
    type Err = UnknownPriceSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "catalog" => Ok(Self::Catalog),
            "command" => Ok(Self::Command),
            _ => Err(UnknownPriceSource(text.to_owned())),
        }
    }
}
