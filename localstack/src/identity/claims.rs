//! What a token claims: whether it holds, and how a function gets it.

use serde_json::{Map, Value};

use super::denied::Denied;

/// The claims of a token.
pub(super) type Claims = Map<String, Value>;

/// Checks everything but the scope, in API Gateway's order. `now` is in seconds since the epoch; no clock skew is
/// allowed for.
///
/// # Errors
/// [`Denied`].
pub(super) fn check(claims: &Claims, issuer: &str, audiences: &[String], now: i64) -> Result<(), Denied> {
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
