//! The errors of a load.

use stack_gateway::identity::IdentityError;

/// Why a load could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The HTTP client could not be created.
    #[error("the HTTP client cannot be created: {0}")]
    Client(#[source] reqwest::Error),
    /// The stack issued no token.
    #[error(transparent)]
    Token(#[from] IdentityError),
    /// The product of the orders could not be registered.
    #[error("the product of the orders cannot be registered: {0}")]
    Product(String),
    /// A command ended without a result.
    #[error("a command was not carried to its end: {0}")]
    Task(#[source] tokio::task::JoinError),
    /// No command succeeded.
    #[error("the stack carried out no command; the report shows its answers")]
    NothingAnswered,
}
