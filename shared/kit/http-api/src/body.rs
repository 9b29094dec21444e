//! Request bodies. A body that cannot be read is refused with the name of the invalid field.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use es_core::{InvalidJson, JsonDocument};
use serde::Deserialize;
use serde::de::DeserializeOwned;

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

/// Reads `text` as JSON. A missing body counts as an object without members.
pub(crate) fn document(text: &str) -> Result<JsonDocument, ApiError> {
    JsonDocument::parse(if text.trim().is_empty() { "{}" } else { text }).map_err(unreadable)
}

/// Converts `document` into a `T`.
pub(crate) fn json<T: DeserializeOwned>(document: &JsonDocument) -> Result<T, ApiError> {
    document.read().map_err(unreadable)
}

/// The problem of a body that cannot be read because of `error`. The client is told what was expected but not what was
/// found.
fn unreadable(error: InvalidJson) -> ApiError {
    let field = if error.field.is_empty() { "body".to_owned() } else { error.field };
    malformed(field, &error.detail.to_string())
}

fn malformed(field: impl Into<String>, detail: &str) -> ApiError {
    ApiError::malformed(field, CODE, detail)
}
