//! Request bodies from the sample events.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::difference::DemoError;

/// The body of the sample `<function>/<name>.json`, a payload 2.0 event; `None` when it has none.
///
/// # Errors
/// [`DemoError::Sample`].
pub(super) fn body(events: &Path, function: &str, name: &str) -> Result<Option<Value>, DemoError> {
    let path = events.join(function).join(format!("{name}.json"));
    let sample = |problem: String| DemoError::Sample { path: path.clone(), problem };
    let text = std::fs::read_to_string(&path).map_err(|error| sample(error.to_string()))?;
    let event: Value = serde_json::from_str(&text).map_err(|error| sample(error.to_string()))?;
    let Some(body) = event["body"].as_str() else { return Ok(None) };
    let bytes = if event["isBase64Encoded"] == true {
        STANDARD.decode(body).map_err(|error| sample(error.to_string()))?
    } else {
        body.as_bytes().to_vec()
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| sample(error.to_string()))
}
