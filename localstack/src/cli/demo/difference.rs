//! The errors of the demo.

use std::path::PathBuf;

use stack_gateway::identity::IdentityError;

/// Why the demo fails.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A response has an unexpected value.
    #[error("{call}: {what} should be {expected}, and is {found}")]
    Differs {
        /// The request.
        call: String,
        /// The part of the response.
        what: String,
        /// The expected value.
        expected: String,
        /// The actual value.
        found: String,
    },
    /// No response arrived.
    #[error("{call}: no answer: {problem}")]
    NoAnswer {
        /// The request.
        call: String,
        /// The error.
        problem: String,
    },
    /// The HTTP client could not be created.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[source] reqwest::Error),
    /// The stack issued no token for a caller.
    #[error(transparent)]
    Token(#[from] IdentityError),
    /// A sample cannot be used.
    #[error("sample {path}: {problem}")]
    Sample {
        /// The file.
        path: PathBuf,
        /// The problem with the file.
        problem: String,
    },
    /// The traces of an order are missing.
    #[error("order {order}: {problem}")]
    NoTrace {
        /// The order's id.
        order: String,
        /// What is missing.
        problem: String,
    },
    /// The output is closed.
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
}
