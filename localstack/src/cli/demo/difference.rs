//! What can be other than it should.

use std::path::PathBuf;

use stack_gateway::identity::IdentityError;

/// Why the demo fails.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// An answer is not what it should be.
    #[error("{call}: {what} should be {expected}, and is {found}")]
    Differs {
        /// The request.
        call: String,
        /// Which part of the answer.
        what: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// There is no answer.
    #[error("{call}: no answer: {problem}")]
    NoAnswer {
        /// The request.
        call: String,
        /// What happened instead.
        problem: String,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[source] reqwest::Error),
    /// There is no token for a caller.
    #[error(transparent)]
    Token(#[from] IdentityError),
    /// A sample cannot be used.
    #[error("sample {path}: {problem}")]
    Sample {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// An order's traces are not to be found.
    #[error("order {order}: {problem}")]
    NoTrace {
        /// Its id.
        order: String,
        /// What is missing.
        problem: String,
    },
    /// The output is closed.
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
}
