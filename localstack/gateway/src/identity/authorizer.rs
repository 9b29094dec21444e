//! The JWT authorizer: it derives the caller's identity from a request's header, or the reason for a refusal.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use serde::Serialize;
use stack_base::clock::now_ms;
use stack_template::JwtAuthorizer;

use super::error::{Denied, IdentityError};
use super::issuer::Issuer;
use super::keys::{self, KeySet, PublishedKeys};
use super::token::{self, Claims, ParsedToken};

/// Checks the tokens of one issuer.
#[derive(Debug)]
pub struct Authorizer {
    header: HeaderName,
    issuer: String,
    audiences: Vec<String>,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Own(KeySet),
    Published(PublishedKeys),
}

/// The authorization that a route requires.
#[derive(Debug, Clone)]
pub struct Guard {
    /// The authorizer that checks the token.
    pub authorizer: Arc<Authorizer>,
    /// Scopes of which the token must have at least one. If empty, any token of the issuer is sufficient.
    pub scopes: Vec<String>,
}

/// The caller's identity, in the form of the event's `requestContext.authorizer.jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Every claim as text.
    pub claims: BTreeMap<String, String>,
    /// The token's scopes; null for a route without required scopes.
    pub scopes: Option<Vec<String>>,
}

impl Authorizer {
    /// Creates the authorizer for `settings`. Tokens of the issuer `own` are checked with its key; tokens of any other
    /// issuer are checked with the keys that it publishes.
    ///
    /// # Errors
    /// [`IdentityError::Header`] or [`IdentityError::Client`].
    pub fn new(settings: &JwtAuthorizer, own: &Issuer) -> Result<Self, IdentityError> {
        let header = settings.header.parse().map_err(|_| IdentityError::Header(settings.header.clone()))?;
        let (issuer, audiences) = (settings.issuer.clone(), settings.audiences.clone());
        let keys = if issuer == own.url() {
            Keys::Own(own.keys())
        } else {
            Keys::Published(PublishedKeys::new(&issuer)?)
        };
        Ok(Self { header, issuer, audiences, keys })
    }

    async fn claims(&self, headers: &HeaderMap) -> Result<Claims, Denied> {
        let token = ParsedToken::parse(text(headers, &self.header)?)?;
        if keys::algorithm(&token.header.alg).is_none() {
            return Err(Denied::Algorithm);
        }
        let id = token.header.kid.as_deref().ok_or(Denied::UnknownKey)?;
        let key = match &self.keys {
            Keys::Own(keys) => keys.get(id),
            Keys::Published(keys) => keys.get(id).await?,
        };
        key.ok_or(Denied::UnknownKey)?.check(&token)?;
        token::check_claims(&token.claims, &self.issuer, &self.audiences, now_ms() / 1000)?;
        Ok(token.claims)
    }
}

impl Guard {
    /// Checks a request and returns the caller's identity.
    ///
    /// # Errors
    /// [`Denied`] with the reason of the refusal.
    pub async fn admit(&self, headers: &HeaderMap) -> Result<Identity, Denied> {
        let claims = self.authorizer.claims(headers).await?;
        let scopes = token::scopes(&claims);
        if !self.scopes.is_empty() && !self.scopes.iter().any(|wanted| scopes.contains(wanted)) {
            return Err(Denied::Scope(self.scopes.clone()));
        }
        let rendered = claims.iter().map(|(name, value)| (name.clone(), token::rendered(value)));
        let scopes = (!self.scopes.is_empty()).then_some(scopes);
        Ok(Identity { claims: rendered.collect(), scopes })
    }
}

/// The token from the header, with or without the prefix `Bearer`.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, Denied> {
    let value = headers.get(name).ok_or(Denied::Missing)?;
    let value = value.to_str().map_err(|_| Denied::Malformed)?.trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        _ => value,
    };
    if token.is_empty() || token.eq_ignore_ascii_case("bearer") { Err(Denied::Missing) } else { Ok(token) }
}
