//! Why a command on a product is refused.

use es_core::{DomainError, Refusal};

/// Why a command on a product is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// There is no such product.
    #[error("there is no such product")]
    NotFound,
    /// It is no longer offered, and never will be again under this id.
    #[error("the product is discontinued")]
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
