//! Why a request is not admitted, as API Gateway tells it.

/// Why a request is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The identity source is absent or empty.
    #[error("the request has no token")]
    Missing,
    /// What stands there is no token.
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
    /// The token has none of the route's scopes.
    #[error("the token has none of the required scopes")]
    Scope {
        /// The scopes any of which suffices.
        any_of: Vec<String>,
    },
}

impl Denied {
    /// The value of `www-authenticate`.
    #[must_use]
    pub fn challenge(&self) -> String {
        let (scope, error) = match self {
            Self::Missing => return "Bearer".to_owned(),
            Self::Scope { any_of } => (any_of.join(" "), "insufficient_scope"),
            _ => (String::new(), "invalid_token"),
        };
        format!("Bearer scope=\"{scope}\" error=\"{error}\" error_description=\"{self}\"")
    }
}
