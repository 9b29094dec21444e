//! The JWT authorizer: from a request's header to the caller's identity, or to the reason why the caller is not admitted.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use serde::Serialize;
use stack_base::clock::now_ms;
use stack_template::JwtAuthorizer;

use super::error::{Denied, IdentityError};
use super::issuer::Issuer;
use super::keys::{self, KeySet, PublishedKeys};
use super::token::{self, Claims, Token};

/// Checks tokens of one issuer.
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

/// What a route asks of its callers.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Who checks the token.
    pub authorizer: Arc<Authorizer>,
    /// Scopes any of which suffices; with none, any token of the issuer does.
    pub scopes: Vec<String>,
}

/// Who is calling, in the form of the event's `requestContext.authorizer.jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Every claim as text.
    pub claims: BTreeMap<String, String>,
    /// The token's scopes; null for a route that asks for none.
    pub scopes: Option<Vec<String>>,
}

impl Authorizer {
    /// The authorizer that `settings` describe. Tokens of `own` are checked with its key, those of any other issuer
    /// with what it publishes.
    ///
    /// # Errors
    /// [`IdentityError::Header`], [`IdentityError::Client`].
    pub fn new(settings: &JwtAuthorizer, own: &Issuer) -> Result<Self, IdentityError> {
        let header = settings.header.parse().map_err(|_| IdentityError::Header(settings.header.clone()))?;
        let (issuer, audiences) = (settings.issuer.clone(), settings.audiences.clone());
        let keys = if issuer == own.url() {
            Keys::Own(own.keys())
        } else {
            Keys::Published(PublishedKeys::of_issuer(&issuer)?)
        };
        Ok(Self { header, issuer, audiences, keys })
    }

    async fn claims(&self, headers: &HeaderMap) -> Result<Claims, Denied> {
        let token = Token::parse(text(headers, &self.header)?)?;
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
    /// Who is calling.
    ///
    /// # Errors
    /// [`Denied`].
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

/// The token, alone or after `Bearer`.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, Denied> {
    let value = headers.get(name).ok_or(Denied::Missing)?;
    let value = value.to_str().map_err(|_| Denied::Malformed)?.trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        _ => value,
    };
    if token.is_empty() || token.eq_ignore_ascii_case("bearer") { Err(Denied::Missing) } else { Ok(token) }
}
