//! Errors of the development issuer, and reasons for refusing a request.

use std::path::PathBuf;

/// Why the development issuer or an authorizer cannot work.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No key could be generated.
    #[error("cannot generate a signing key: {0}")]
    Generate(String),
    /// The key file cannot be read or written.
    #[error("signing key {path}: {source}")]
    Store {
        /// Path of the key file.
        path: PathBuf,
        /// The file system's error.
        source: std::io::Error,
    },
    /// The key file contains no usable key.
    #[error("signing key {path} cannot be used: {source}; delete it to generate a new one")]
    Unusable {
        /// Path of the key file.
        path: PathBuf,
        /// Why the key is rejected.
        source: ring::error::KeyRejected,
    },
    /// A token could not be signed.
    #[error("cannot sign the token")]
    Sign,
    /// The HTTP client for another issuer's keys cannot be created.
    #[error("cannot create the HTTP client for the issuer's keys: {0}")]
    Client(#[from] reqwest::Error),
    /// The template's identity source is not a header name.
    #[error("identity source {0:?} is not a header name")]
    Header(String),
    /// A route names an unknown authorizer.
    #[error("the template has no authorizer {0}")]
    Unknown(String),
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The identity source is absent or empty.
    #[error("the request has no token")]
    Missing,
    /// The identity source does not contain a token.
    #[error("the token is malformed")]
    Malformed,
    /// The token is unsigned, or signed with an algorithm other than RSA.
    #[error("the signing algorithm is not supported")]
    Algorithm,
    /// The issuer has no key with this id.
    #[error("the issuer has no key for the token")]
    UnknownKey,
    /// The issuer's keys could not be fetched.
    #[error("the issuer's keys cannot be read")]
    NoKeys,
    /// The signature does not match the key.
    #[error("the signature is invalid")]
    Signature,
    /// `iss` differs from the authorizer's issuer.
    #[error("issuer does not match")]
    Issuer,
    /// `aud` (or `client_id`, if `aud` is absent) is not an accepted audience.
    #[error("the token does not have a valid audience")]
    Audience,
    /// `exp` has passed, or is absent.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The token has none of the route's scopes.
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
