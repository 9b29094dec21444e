//! The commands on a product. A command value is always well-formed; the rules of the product decide whether the
//! product's state allows the command.

use super::ProductId;
use crate::{Money, Text};

/// A product's name: 1 to 200 characters.
pub type ProductName = Text<200>;

/// A command on a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductCommand {
    /// Register the product, or change the name and price of a registered product.
    Register(RegisterProduct),
    /// Stop selling the product.
    Discontinue,
}

/// The data of a registration, converted from a [`ProductDraft`](super::ProductDraft).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterProduct {
    pub(super) product_id: ProductId,
    pub(super) name: ProductName,
    pub(super) unit_price: Money,
}
