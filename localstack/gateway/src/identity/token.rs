//! JSON Web Tokens in their compact form (RFC 7519, and RFC 7515 for what is signed): whether their claims hold, and how a
//! function gets them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::Denied;

/// The header of a token, as far as it is used.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    /// The algorithm it claims to be signed with.
    pub(super) alg: String,
    /// The key it claims to be signed with.
    pub(super) kid: Option<String>,
    /// Extensions that must be understood; none are.
    #[serde(default)]
    crit: Option<Value>,
}

/// A token in its parts, of which nothing is believed yet.
#[derive(Debug)]
pub(super) struct Token<'t> {
    pub(super) header: Header,
    pub(super) claims: Claims,
    /// What the signature is over.
    pub(super) signed: &'t [u8],
    pub(super) signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`Denied::Malformed`].
    pub(super) fn parse(text: &'t str) -> Result<Self, Denied> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Denied::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Denied::Malformed)?;
        let header: Header = part(header)?;
        if header.crit.is_some() {
            return Err(Denied::Malformed);
        }
        Ok(Self { header, claims: part(claims)?, signed: signed.as_bytes(), signature: bytes(signature)? })
    }
}

/// The compact form of `header` and `claims`, still without its signature.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// `text` signed with `signature`.
pub(super) fn with_signature(text: &str, signature: &[u8]) -> String {
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Denied> {
    serde_json::from_slice(&bytes(text)?).map_err(|_| Denied::Malformed)
}

fn bytes(text: &str) -> Result<Vec<u8>, Denied> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Denied::Malformed)
}

/// The claims of a token.
pub(super) type Claims = Map<String, Value>;

/// Checks everything but the scope, in API Gateway's order. `now` is in seconds since the epoch; no clock skew is
/// allowed for.
pub(super) fn check_claims(
    claims: &Claims,
    issuer: &str,
    audiences: &[String],
    now: i64,
) -> Result<(), Denied> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(Denied::Issuer);
    }
    if !is_for(claims, audiences) {
        return Err(Denied::Audience);
    }
    if time(claims, "exp")?.is_none_or(|end| end <= now) {
        return Err(Denied::Expired);
    }
    for start in ["nbf", "iat"] {
        if time(claims, start)?.is_some_and(|start| start > now) {
            return Err(Denied::NotYetValid);
        }
    }
    Ok(())
}

/// `client_id` counts only where there is no `aud`.
fn is_for(claims: &Claims, audiences: &[String]) -> bool {
    let is_known =
        |name: &Value| name.as_str().is_some_and(|name| audiences.iter().any(|known| known == name));
    match claims.get("aud").or_else(|| claims.get("client_id")) {
        Some(Value::Array(names)) => names.iter().any(is_known),
        Some(name) => is_known(name),
        None => false,
    }
}

/// Seconds since the epoch; a fraction is cut off.
fn time(claims: &Claims, name: &str) -> Result<Option<i64>, Denied> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let whole = value.to_string().split('.').next().and_then(|digits| digits.parse().ok());
    whole.map(Some).ok_or(Denied::Malformed)
}

/// The scopes in `scope`, or else in `scp`: one text with spaces, or a list.
pub(super) fn scopes(claims: &Claims) -> Vec<String> {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::String(text)) => text.split_ascii_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

/// A claim as a function gets it: API Gateway prints every value as Go does.
pub(super) fn rendered(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(rendered).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{name}:{}", rendered(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("map[{}]", members.join(" "))
        }
    }
}
