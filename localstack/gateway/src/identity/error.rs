//! Why an issuer does not work, and why a request is not admitted.

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
    #[error("signing key {path} cannot be used: {source}; remove it and a new one is made")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ring::error::KeyRejected,
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

/// Why a request is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The identity source is absent or empty.
    #[error("the request has no token")]
    Missing,
    /// The identity source holds something that is not a token.
    #[error("the token is malformed")]
    Malformed,
    /// It is signed with something else than RSA, or not at all.
    #[error("the signing algorithm is not supported")]
    Algorithm,
    /// The issuer has no such key.
    #[error("the issuer has no key for the token")]
    UnknownKey,
    /// The issuer's keys could not be fetched.
    #[error("the issuer's keys cannot be read")]
    NoKeys,
    /// The signature is not the key's.
    #[error("the signature is invalid")]
    Signature,
    /// `iss` is another.
    #[error("issuer does not match")]
    Issuer,
    /// `aud`, or `client_id` where there is none, is another.
    #[error("the token does not have a valid audience")]
    Audience,
    /// `exp` has passed, or is absent.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` is still to come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The token has none of the route's scopes, any of which suffices.
    #[error("the token has none of the required scopes")]
    Scope(Vec<String>),
}

impl Denied {
    /// The value of `www-authenticate`.
    #[must_use]
    pub fn challenge(&self) -> String {
        let (scope, error) = match self {
            Self::Missing => return "Bearer".to_owned(),
            Self::Scope(any_of) => (any_of.join(" "), "insufficient_scope"),
            _ => (String::new(), "invalid_token"),
        };
        format!("Bearer scope=\"{scope}\" error=\"{error}\" error_description=\"{self}\"")
    }
}
