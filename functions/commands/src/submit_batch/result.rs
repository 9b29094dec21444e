//! The result of one command in the batch's answer.

use http_api::GatewayResponse;
use serde_json::{Value, json};

/// Converts a command's HTTP response into a result. The result has the status and the response's body: as `receipt` if
/// the status is 2xx, and as `problem` otherwise. A success also has `replayed`: true if an earlier request executed
/// the command.
pub(crate) fn from_response(response: &GatewayResponse) -> Value {
    let body = response.body.as_deref().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let status = response.status_code;
    if (200..300).contains(&status) {
        let replayed = response.headers.contains_key("idempotent-replayed");
        json!({ "status": status, "replayed": replayed, "receipt": body })
    } else {
        json!({ "status": status, "problem": body })
    }
}
