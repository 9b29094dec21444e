//! Tests of the Runtime API's refusals. The function calls the API directly, without its runtime client.

use serde_json::json;

use crate::stack::{invoke, json, spec, start};

async fn post(path: &str) -> String {
    let lambda = start(spec()).await;
    let invocation = invoke(&lambda, json!({ "mode": "post", "path": path })).await;
    assert_eq!(invocation.function_error, None, "the regular response must still count");
    json(&invocation).as_str().unwrap().to_owned()
}

#[tokio::test]
async fn calls_for_another_invocation_or_state_are_refused() {
    for (path, status, error) in [
        ("invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response", 400, "InvalidRequestID"),
        ("invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error", 400, "InvalidRequestID"),
        ("init/error", 403, "InvalidStateTransition"),
    ] {
        let answer = post(path).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        assert!(answer.contains(&format!(r#""errorType":"{error}""#)), "{path}: {answer}");
    }
}
