//! What the Runtime API refuses, seen from a function that calls it behind its runtime client's back.

use serde_json::json;

use crate::stack::{invoke, json, spec, start};

async fn post(path: &str) -> String {
    let lambda = start(spec()).await;
    let invocation = invoke(&lambda, json!({ "mode": "post", "path": path })).await;
    assert_eq!(invocation.function_error, None, "the true answer still counts");
    json(&invocation).as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_response_to_another_request_is_refused() {
    let answer = post("invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains(r#""errorType":"InvalidRequestID""#), "{answer}");
}

#[tokio::test]
async fn an_error_for_another_request_is_refused() {
    let answer = post("invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn an_initialisation_error_after_initialisation_is_refused() {
    let answer = post("init/error").await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains(r#""errorType":"InvalidStateTransition""#), "{answer}");
}
