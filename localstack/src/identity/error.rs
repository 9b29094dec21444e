//! Why there is no issuer, or no token of it.

use std::path::PathBuf;

/// A development issuer that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No key could be made.
    #[error("no signing key could be made: {0}")]
    Generate(String),
    /// The key's file cannot be read or written.
    #[error("signing key {path}: {source}")]
    Store {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The file holds no usable key.
    #[error("signing key {path} cannot be used: {problem}; remove it and a new one is made")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A token could not be signed.
    #[error("the token could not be signed")]
    Sign,
    /// The HTTP client for another issuer's keys cannot be made.
    #[error("no HTTP client for the issuer's keys: {0}")]
    Client(#[from] reqwest::Error),
    /// The template's identity source is no header.
    #[error("identity source {0:?} is no name of a header")]
    Header(String),
    /// A route names an authorizer that is not there.
    #[error("there is no authorizer {0}")]
    Unknown(String),
}
