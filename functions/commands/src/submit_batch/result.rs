//! The result of one command in the batch's answer.

use http_api::GatewayResponse;
use serde_json::{Value, json};

/// Converts a command's HTTP response into a result. The result has the status and the response's body as `receipt` or
/// `problem`. A success also has `replayed`: true if the command was executed by an earlier request.
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
