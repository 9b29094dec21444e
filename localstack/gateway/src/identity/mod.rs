//! Who is calling: API Gateway's JWT authorizer, and an issuer of tokens for development.
//!
//! A token is verified by [`ring`], which TLS brings along; only RSA keys are ever tried, each with an algorithm
//! that is named here, so neither `alg: none` nor a public key used as an HMAC secret can be taken for a signature.
//!
//! Facts and where they come from:
//! - What is checked and in which order, RSA only, `client_id` only where `aud` is absent, one of a route's scopes is
//!   enough, keys are kept for two hours: API Gateway developer guide, "Control access to HTTP APIs with JWT
//!   authorizers".
//! - `401 {"message":"Unauthorized"}`, the form of `www-authenticate` and the words for a wrong audience: the same
//!   guide, "Troubleshooting issues with HTTP API JWT authorizers". The words for a wrong issuer were observed in an
//!   access log; those of every other reason are our own. What a missing scope adds to `www-authenticate` is RFC 6750,
//!   section 3.1.
//! - Claims arrive as text, lists as `[a b]`: observed in what users of API Gateway report.
//!   `scopes` is null for a route without scopes: observed in DefinitelyTyped#75458.

mod authorizer;
mod error;
mod issuer;
mod keys;
mod signing_key;
mod token;

pub use authorizer::{Authorizer, Guard, Identity};
pub use error::{Denied, IdentityError};
pub use issuer::{Issuer, TOKEN_PATH, TokenRequest, router};
pub use signing_key::SigningKey;

#[cfg(test)]
mod tests;
