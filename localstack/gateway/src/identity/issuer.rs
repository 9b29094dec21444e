//! The development issuer: its configuration, its keys, and tokens on request.
//!
//! A client requests a token as in OAuth 2.0 (RFC 6749, section 4.4), with the subject as `client_id` and without a
//! secret. Any program on this machine may get a token for any subject, because it may use the AWS endpoint as well. A
//! web page on the same machine may not: the issuer refuses a request with an `Origin`, and a request whose host is not
//! loopback (such as a name that the page made resolve to this machine).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use stack_base::clock::now_ms;
use stack_base::loopback;
use uuid::Uuid;

use super::error::IdentityError;
use super::keys::KeySet;
use super::signing_key::SigningKey;
use super::token;

/// Path of the configuration (`OpenID` Connect Discovery 1.0, section 4).
const CONFIGURATION_PATH: &str = "/.well-known/openid-configuration";
/// Path of the keys.
const KEYS_PATH: &str = "/.well-known/jwks.json";
/// Path of the token endpoint.
pub const TOKEN_PATH: &str = "/oauth2/token";

/// The content of a requested token.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// The caller's id: `sub`.
    pub subject: String,
    /// Scopes, separated by spaces.
    pub scope: String,
    /// Audience of the token: `aud`. `None` means the issuer's own audience.
    pub audience: Option<String>,
    /// Lifetime in seconds. A negative number creates an expired token.
    pub expires_in: i64,
}

impl TokenRequest {
    /// A request for a token of one hour for the issuer's own audience.
    #[must_use]
    pub fn new(subject: impl Into<String>, scope: impl Into<String>) -> Self {
        Self { subject: subject.into(), scope: scope.into(), audience: None, expires_in: 3600 }
    }
}

/// An issuer of tokens. Clones share its key.
#[derive(Debug, Clone)]
pub struct Issuer {
    inner: Arc<Inner>,
    /// Scopes of a token that is requested over HTTP without scopes (RFC 6749, section 3.3).
    default_scope: String,
}

#[derive(Debug)]
struct Inner {
    url: String,
    audience: String,
    key: SigningKey,
}

impl Issuer {
    /// Creates the issuer at `url`, whose tokens are for `audience`.
    #[must_use]
    pub fn new(url: impl Into<String>, audience: impl Into<String>, key: SigningKey) -> Self {
        let inner = Arc::new(Inner { url: url.into(), audience: audience.into(), key });
        Self { inner, default_scope: String::new() }
    }

    /// The same issuer with other scopes for a token that is requested over HTTP without scopes; the default is none.
    #[must_use]
    pub fn with_default_scope(self, default_scope: impl Into<String>) -> Self {
        Self { default_scope: default_scope.into(), ..self }
    }

    /// URL of the issuer, which is the `iss` of its tokens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// Creates the requested token.
    ///
    /// # Errors
    /// [`IdentityError::Sign`] when signing fails.
    pub fn token(&self, request: &TokenRequest) -> Result<String, IdentityError> {
        let now = now_ms() / 1000;
        // An expired token must have been issued before it expired.
        let issued_at = now.min(now.saturating_add(request.expires_in));
        self.sign(&json!({
            "iss": self.inner.url, "sub": request.subject, "client_id": request.subject,
            "aud": request.audience.as_ref().unwrap_or(&self.inner.audience), "scope": request.scope,
            "iat": issued_at, "exp": now.saturating_add(request.expires_in), "jti": Uuid::new_v4(),
        }))
    }

    /// Creates a token with exactly these claims, without validating them.
    ///
    /// # Errors
    /// [`IdentityError::Sign`] when signing fails.
    pub fn sign(&self, claims: &Value) -> Result<String, IdentityError> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.inner.key.id});
        let text = token::unsigned(&header, claims);
        Ok(token::with_signature(&text, &self.inner.key.sign(text.as_bytes())?))
    }

    /// The issuer's public key as a JSON Web Key Set.
    #[must_use]
    pub fn published_keys(&self) -> Value {
        json!({"keys": [self.inner.key.public()]})
    }

    pub(super) fn keys(&self) -> KeySet {
        KeySet::from_document(&self.published_keys())
    }

    /// The configuration required by `OpenID` Connect Discovery 1.0, section 3, and the token endpoint.
    fn configuration(&self) -> Value {
        let url = &self.inner.url;
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

/// The issuer's routes.
pub fn router(issuer: Issuer) -> Router {
    Router::new()
        .route(CONFIGURATION_PATH, get(configuration))
        .route(KEYS_PATH, get(keys))
        .route(TOKEN_PATH, post(token))
        .with_state(issuer)
}

async fn configuration(State(issuer): State<Issuer>) -> Json<Value> {
    Json(issuer.configuration())
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    Json(issuer.published_keys())
}

async fn token(State(issuer): State<Issuer>, headers: HeaderMap, body: Bytes) -> Response {
    if !loopback::is_program(&headers) {
        let problem = "the host must be loopback, and Origin must be absent: only a program on this machine \
                       may request a token";
        return refused(StatusCode::FORBIDDEN, "access_denied", problem);
    }
    let request = match requested(&body, &issuer.default_scope) {
        Ok(request) => request,
        Err((error, problem)) => return refused(StatusCode::BAD_REQUEST, error, &problem),
    };
    match issuer.token(&request) {
        Ok(token) => {
            let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": request.expires_in,
                "scope": request.scope});
            ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
        }
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error", &error.to_string()),
    }
}

/// Parses a token request. `default_scope` applies if the request has no scope. An error has RFC 6749's error code and a description.
fn requested(body: &[u8], default_scope: &str) -> Result<TokenRequest, (&'static str, String)> {
    let mut fields: BTreeMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
    if fields.remove("grant_type").as_deref() != Some("client_credentials") {
        return Err(("unsupported_grant_type", "grant_type must be client_credentials".to_owned()));
    }
    let invalid = |problem: &str| ("invalid_request", problem.to_owned());
    let subject = fields.remove("client_id").filter(|subject| !subject.is_empty());
    let subject = subject.ok_or_else(|| invalid("client_id is missing; send the subject of the token"))?;
    let scope = fields.remove("scope").unwrap_or_else(|| default_scope.to_owned());
    let mut request = TokenRequest::new(subject, scope);
    request.audience = fields.remove("audience");
    if let Some(seconds) = fields.remove("expires_in") {
        request.expires_in =
            seconds.parse().map_err(|_| invalid("expires_in must be a whole number of seconds"))?;
    }
    match fields.into_keys().next() {
        None => Ok(request),
        Some(unknown) => Err(invalid(&format!(
            "unknown field {unknown}; the fields are grant_type, client_id, scope, audience and expires_in"
        ))),
    }
}

fn refused(status: StatusCode, error: &str, problem: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": problem}))).into_response()
}
