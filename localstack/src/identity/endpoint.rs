//! The development issuer over HTTP: its configuration, its keys, and tokens for the asking.
//!
//! A token is asked for as in OAuth 2.0 (RFC 6749, section 4.4), with the subject as `client_id`, without a secret:
//! whoever can open a connection to the loopback interface may be anybody, just as they may use the AWS endpoint
//! beside it. A web page open on the same machine may not: a request with an `Origin`, or to a host that is not
//! loopback (a name that a page had resolve to here), is refused.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::issuer::{Issuer, TokenRequest};
use crate::loopback;

/// Where the configuration is (`OpenID` Connect Discovery 1.0, section 4).
const CONFIGURATION_PATH: &str = "/.well-known/openid-configuration";
/// Where the keys are.
pub(super) const KEYS_PATH: &str = "/.well-known/jwks.json";
/// Where tokens are.
pub(crate) const TOKEN_PATH: &str = "/oauth2/token";

/// The issuer's routes.
pub(crate) fn router(issuer: Issuer) -> Router {
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
        return refused(StatusCode::FORBIDDEN, "access_denied", "only programs on this machine get tokens");
    }
    let request = match requested(&body) {
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

/// What `body` asks for, or RFC 6749's name for what is wrong with it, and a sentence.
fn requested(body: &[u8]) -> Result<TokenRequest, (&'static str, String)> {
    let mut fields: BTreeMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
    if fields.remove("grant_type").as_deref() != Some("client_credentials") {
        return Err(("unsupported_grant_type", "grant_type is client_credentials".to_owned()));
    }
    let invalid = |problem: &str| ("invalid_request", problem.to_owned());
    let subject = fields.remove("client_id").filter(|subject| !subject.is_empty());
    let subject = subject.ok_or_else(|| invalid("client_id, the subject, is missing"))?;
    let mut request = TokenRequest::new(subject, fields.remove("scope").unwrap_or_default());
    request.audience = fields.remove("audience");
    if let Some(seconds) = fields.remove("expires_in") {
        request.expires_in =
            seconds.parse().map_err(|_| invalid("expires_in is not a whole number of seconds"))?;
    }
    match fields.into_keys().next() {
        None => Ok(request),
        Some(unknown) => Err(invalid(&format!("{unknown} is not known"))),
    }
}

fn refused(status: StatusCode, error: &str, problem: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": problem}))).into_response()
}
