//! A command's answer as a part of the batch's.

use http_api::GatewayResponse;
use serde_json::{Value, json};

/// The result that tells of `response`: its status, with the receipt or the problem that is its body, and whether it
/// had been given before.
pub(crate) fn of(response: &GatewayResponse) -> Value {
    let body = response.body.as_deref().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let status = response.status_code;
    if (200..300).contains(&status) {
        let replayed = response.headers.contains_key("idempotent-replayed");
        json!({ "status": status, "replayed": replayed, "receipt": body })
    } else {
        json!({ "status": status, "problem": body })
    }
}
