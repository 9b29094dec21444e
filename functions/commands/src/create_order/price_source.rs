//! Where the prices of an order come from.

use std::str::FromStr;

/// Where the prices of an order come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceSource {
    /// From the products' streams; what the command says of them must agree.
    Catalog,
    /// With the command, which costs no read.
    Command,
}

/// A text that names no source of prices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("PRICE_SOURCE is catalog or command, not {0:?}")]
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
