//! The errors of the demo.

use std::path::PathBuf;

use stack_gateway::identity::IdentityError;

/// The reason why the demo failed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A response has an unexpected value.
    #[error("{call}: expected {what} to be {expected}, but it is {found}")]
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
    #[error("{call}: no response: {problem}")]
    NoAnswer {
        /// The request.
        call: String,
        /// The error.
        problem: String,
    },
    /// The HTTP client could not be created.
    #[error("the HTTP client cannot be created: {0}")]
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
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
}
