//! The reasons to refuse a command on a product.

use es_core::{DomainError, Refusal};

/// Why a command on a product is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// The product does not exist.
    #[error("the product does not exist")]
    NotFound,
    /// The product is discontinued. Its id cannot be used again.
    #[error("the product is discontinued; register a product under another id")]
    Discontinued,
}

impl DomainError for ProductError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotFound => Refusal::NotFound,
            Self::Discontinued => Refusal::Rule { code: "product-discontinued" },
        }
    }
}
