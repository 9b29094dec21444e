//! Tokens, good and bad.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::front::ISSUER;

/// Seconds since the epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Claims that the API takes, and what `other` says instead; null takes a claim away.
pub(crate) fn claims(other: &Value) -> Value {
    let mut claims = json!({"iss": ISSUER.url(), "aud": "shop", "sub": "user-1", "scope": "orders:read",
        "iat": now(), "exp": now() + 600});
    for (name, value) in other.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// A token of the issuer with these claims.
pub(crate) fn token(other: &Value) -> String {
    ISSUER.sign(&claims(other)).unwrap()
}

/// The first two parts of a token: what is signed.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// The id of the issuer's key.
pub(crate) fn key_id() -> Value {
    ISSUER.published_keys()["keys"][0]["kid"].clone()
}
