//! What may be asked of a product. A command that exists is well-formed; the rules decide whether it is allowed.

use super::ProductId;
use crate::{Money, Text};

/// What a product is called: 1 to 200 characters.
pub type ProductName = Text<200>;

/// What may be asked of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductCommand {
    /// Offer it like this, whether it is new or not.
    Register(RegisterProduct),
    /// Offer it no longer.
    Discontinue,
}

/// A product as it is to be offered, made of a [`ProductDraft`](super::ProductDraft).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterProduct {
    pub(super) product_id: ProductId,
    pub(super) name: ProductName,
    pub(super) unit_price: Money,
}
