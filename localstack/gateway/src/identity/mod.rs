//! Authentication: API Gateway's JWT authorizer, and an issuer of tokens for development.
//!
//! [`ring`], a dependency of TLS, verifies tokens. Only RSA keys with the algorithms named here are accepted. Therefore
//! neither `alg: none` nor a public key used as an HMAC secret passes as a signature.
//!
//! Sources:
//! - The checks and their order, the restriction to RSA, `client_id` only if `aud` is absent, one matching scope of the
//!   route, keys cached for two hours: API Gateway developer guide, "Control access to HTTP APIs with JWT authorizers".
//! - `401 {"message":"Unauthorized"}`, the form of `www-authenticate` and the text for a wrong audience: the same
//!   guide, "Troubleshooting issues with HTTP API JWT authorizers". The text for a wrong issuer was observed in an
//!   access log; the other texts are this project's own. The addition to `www-authenticate` for a missing scope follows
//!   RFC 6750, section 3.1.
//! - Claims arrive as text, and lists as `[a b]`: observed in reports of API Gateway's users. `scopes` is null for a
//!   route without scopes: observed in DefinitelyTyped#75458. Otherwise it lists the token's scopes: developer guide,
//!   "Create AWS Lambda proxy integrations for HTTP APIs", and localstack/localstack#6864.

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
