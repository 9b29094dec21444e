//! JSON Web Tokens in compact form (RFC 7519; RFC 7515 for signatures): parsing, the checks of their claims, and the
//! form in which functions receive claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::Denied;

/// The used fields of a token's header.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    /// The algorithm that the token names.
    pub(super) alg: String,
    /// The id of the key that the token names.
    pub(super) kid: Option<String>,
    /// Extensions that must be understood. A token with any is refused.
    #[serde(default)]
    crit: Option<Value>,
}

/// The parts of a token. Parsing does not verify them.
#[derive(Debug)]
pub(super) struct ParsedToken<'t> {
    pub(super) header: Header,
    pub(super) claims: Claims,
    /// The bytes that the signature covers.
    pub(super) signed: &'t [u8],
    pub(super) signature: Vec<u8>,
}

impl<'t> ParsedToken<'t> {
    /// Parses a token.
    ///
    /// # Errors
    /// [`Denied::Malformed`] when a part cannot be decoded.
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

/// The compact form of `header` and `claims`, without a signature.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Appends `signature` to `text`.
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

/// Checks the claims except the scope, in API Gateway's order. `now` is in seconds since the epoch. No clock skew is
/// allowed.
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

/// True if the token is for one of the audiences. `client_id` counts only if `aud` is absent.
fn is_for(claims: &Claims, audiences: &[String]) -> bool {
    let is_known =
        |name: &Value| name.as_str().is_some_and(|name| audiences.iter().any(|known| known == name));
    match claims.get("aud").or_else(|| claims.get("client_id")) {
        Some(Value::Array(names)) => names.iter().any(is_known),
        Some(name) => is_known(name),
        None => false,
    }
}

/// A claim in seconds since the epoch. Fractions are dropped.
fn time(claims: &Claims, name: &str) -> Result<Option<i64>, Denied> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let whole = value.to_string().split('.').next().and_then(|digits| digits.parse().ok());
    whole.map(Some).ok_or(Denied::Malformed)
}

/// The scopes in `scope`, or in `scp` if `scope` is absent: text with spaces, or a list.
pub(super) fn scopes(claims: &Claims) -> Vec<String> {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::String(text)) => text.split_ascii_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

/// A claim in the form that a function receives. API Gateway prints values as Go does.
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
