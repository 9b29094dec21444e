//! The development issuer: tokens for whoever runs the stack.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::endpoint::{KEYS_PATH, TOKEN_PATH};
use super::error::IdentityError;
use super::key_set::KeySet;
use super::signing_key::SigningKey;
use super::token;
use crate::clock::now_ms;

/// What a token is to say.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Who is calling: `sub`.
    pub subject: String,
    /// What they may do: scopes with a space between two.
    pub scope: String,
    /// Whom the token is for: `aud`; the issuer's own audience where it is `None`.
    pub audience: Option<String>,
    /// Seconds until it expires; a negative number makes one that has expired.
    pub expires_in: i64,
}

impl TokenRequest {
    /// A token of one hour for the issuer's own audience.
    #[must_use]
    pub fn new(subject: impl Into<String>, scope: impl Into<String>) -> Self {
        Self { subject: subject.into(), scope: scope.into(), audience: None, expires_in: 3600 }
    }
}

/// An issuer of tokens; clones share its key.
#[derive(Debug, Clone)]
pub struct Issuer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: String,
    audience: String,
    key: SigningKey,
}

impl Issuer {
    /// The issuer at `url`, whose tokens are for `audience`.
    #[must_use]
    pub fn new(url: impl Into<String>, audience: impl Into<String>, key: SigningKey) -> Self {
        Self(Arc::new(Inner { url: url.into(), audience: audience.into(), key }))
    }

    /// Its URL, the `iss` of its tokens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// A token that says what `request` asks for.
    ///
    /// # Errors
    /// [`IdentityError::Sign`].
    pub fn token(&self, request: &TokenRequest) -> Result<String, IdentityError> {
        let now = now_ms() / 1000;
        // One that has expired was issued before that.
        let issued_at = now.min(now.saturating_add(request.expires_in));
        self.sign(&json!({
            "iss": self.0.url, "sub": request.subject, "client_id": request.subject,
            "aud": request.audience.as_ref().unwrap_or(&self.0.audience), "scope": request.scope,
            "iat": issued_at, "exp": now.saturating_add(request.expires_in), "jti": Uuid::new_v4(),
        }))
    }

    /// A token with exactly these claims, whatever they are.
    ///
    /// # Errors
    /// [`IdentityError::Sign`].
    pub fn sign(&self, claims: &Value) -> Result<String, IdentityError> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.0.key.id()});
        let text = token::unsigned(&header, claims);
        Ok(token::with_signature(&text, &self.0.key.sign(text.as_bytes())?))
    }

    /// Its key as anybody may know it.
    #[must_use]
    pub fn published_keys(&self) -> Value {
        json!({"keys": [self.0.key.public()]})
    }

    pub(super) fn keys(&self) -> KeySet {
        KeySet::of(&self.published_keys())
    }

    /// What `OpenID` Connect Discovery 1.0, section 3, asks for, and where tokens are.
    pub(super) fn configuration(&self) -> Value {
        let url = &self.0.url;
        json!({
            "issuer": url,
            "jwks_uri": format!("{url}{KEYS_PATH}"),
            "token_endpoint": format!("{url}{TOKEN_PATH}"),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["none"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        })
    }
}
