//! Request bodies. A body that cannot be read is refused with the name of the invalid field.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use es_core::JsonError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ApiError, Gateway, Problem};

/// The maximum size of a body. A list of 50 items with the longest names fits several times.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// The stable code of a body that cannot be read.
const CODE: &str = "body-malformed";

/// The body of a command without parameters.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFields {}

/// The body's text. API Gateway encodes a body in base64 if it considers the body to be binary.
pub(crate) fn text(request: &Gateway) -> Result<Cow<'_, str>, ApiError> {
    let body = request.body.as_deref().unwrap_or_default();
    let text = if request.is_base64_encoded { Cow::Owned(decoded(body)?) } else { Cow::Borrowed(body) };
    if text.len() > MAX_BODY_BYTES {
        Err(Problem::TooLarge { limit: MAX_BODY_BYTES }.into())
    } else {
        Ok(text)
    }
}

fn decoded(body: &str) -> Result<String, ApiError> {
    let bytes = BASE64_STANDARD.decode(body).map_err(|_| malformed("body", "must be valid base64"))?;
    String::from_utf8(bytes).map_err(|_| malformed("body", "must be UTF-8 text"))
}

/// Parses `text` as any JSON value. A value without a schema has no invalid fields, so no field is tracked.
pub(crate) fn any(text: &str) -> Result<Value, ApiError> {
    serde_json::from_str(present(text)).map_err(|error| ApiError::unreadable("body", &error))
}

/// Parses `text` as a `T`.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    let text = present(text);
    // Tracking the field is expensive, so the body is parsed again with tracking only after an error.
    serde_json::from_str(text).or_else(|_| tracked(text))
}

/// Parses `text` as a `T`. The error names the invalid field.
fn tracked<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| ApiError::unreadable(field(&error), error.inner()))?;
    reader.end().map_err(|error| ApiError::unreadable("body", &error))?;
    Ok(value)
}

/// A missing body counts as an object without members.
fn present(text: &str) -> &str {
    if text.trim().is_empty() { "{}" } else { text }
}

/// The field that `error` is about. If a field is missing, unknown or repeated, serde's path ends at the object that
/// contains it, and only the message has the field's name.
fn field(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    if !error.inner().is_data() {
        return "body".to_owned();
    }
    let path = error.path().to_string();
    let message = error.inner().to_string();
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    match named {
        Some(name) if path == "." => name.to_owned(),
        Some(name) if path != name && !path.ends_with(&format!(".{name}")) => format!("{path}.{name}"),
        None if path == "." => "body".to_owned(),
        Some(_) | None => path,
    }
}

/// `message` of `serde` with the names of Rust types replaced by words that a client knows from JSON.
fn with_json_types(message: &str) -> String {
    let Some(expected) = message.strip_prefix("expected ") else { return message.to_owned() };
    let end = expected.find(" at line ").unwrap_or(expected.len());
    let (expected, place) = expected.split_at(end);
    let expected = match expected {
        "i64" => "a whole number of at most 64 bits",
        "u64" => "a whole number from 0 to 18446744073709551615",
        "a sequence" => "an array",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    format!("expected {expected}{place}")
}

fn malformed(field: impl Into<String>, detail: &str) -> ApiError {
    ApiError::malformed(field, CODE, detail)
}

impl ApiError {
    /// The problem of a body, or of its part at `field`, that cannot be read because of `error`. The client is told
    /// what was expected but not what was found.
    pub fn unreadable(field: impl Into<String>, error: &serde_json::Error) -> Self {
        malformed(field, &with_json_types(&JsonError::from(error).to_string()))
    }
}
