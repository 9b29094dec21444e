//! Tests of the HTTP response for a function's result or failure.

use reqwest::Response;
use serde_json::{Value, json};
use stack_lambda::{Invocation, InvokeError};

use crate::api::{Api, answer};

async fn response_to(payload: Value) -> Response {
    let api = Api::answering(move || Ok(answer(payload.to_string()))).await;
    api.get("/queries/orders").send().await.unwrap()
}

#[tokio::test]
async fn a_result_with_a_status_code_describes_the_response() {
    let response = response_to(json!({
        "statusCode": 201,
        "headers": { "Content-Type": "application/json", "ETag": "\"1\"", "X-Count": 3, "Content-Length": "1" },
        "multiValueHeaders": { "X-Many": ["a", "b"] },
        "cookies": ["a=1; Secure", "b=2"],
        "body": "{\"version\":1}",
    }))
    .await;
    assert_eq!(response.status().as_u16(), 201);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["etag"], "\"1\"");
    assert_eq!(headers["x-count"], "3");
    assert_eq!(headers["content-length"], "13");
    assert_eq!(headers.get("x-many"), None);
    assert_eq!(headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1; Secure", "b=2"]);
    assert_eq!(headers["apigw-requestid"].len(), 16);
    assert_eq!(response.text().await.unwrap(), r#"{"version":1}"#);
}

#[tokio::test]
async fn a_result_with_only_a_status_code_is_an_empty_text() {
    let response =
        response_to(json!({ "statusCode": "304", "body": null, "headers": null, "cookies": null })).await;
    assert_eq!(response.status().as_u16(), 304);
    assert_eq!(response.headers()["content-type"], "text/plain;charset=UTF-8");
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_base64_body_is_decoded() {
    let response = response_to(json!({ "statusCode": 200, "body": "AP8=", "isBase64Encoded": true })).await;
    assert_eq!(response.bytes().await.unwrap(), &b"\x00\xff"[..]);
}

#[tokio::test]
async fn any_other_json_is_the_body() {
    for (payload, body) in [
        (json!({ "order": 1 }), r#"{"order":1}"#),
        (json!([1, 2]), "[1,2]"),
        (json!("Hello from Lambda!"), "Hello from Lambda!"),
        (json!(null), "null"),
    ] {
        let response = response_to(payload).await;
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.text().await.unwrap(), body);
    }
}

#[tokio::test]
async fn a_malformed_result_is_an_internal_server_error() {
    for payload in [
        "no json".to_owned(),
        json!({ "statusCode": 0 }).to_string(),
        json!({ "statusCode": 101 }).to_string(),
        json!({ "statusCode": "ok" }).to_string(),
        json!({ "statusCode": 200, "body": { "order": 1 } }).to_string(),
        json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }).to_string(),
        json!({ "statusCode": 200, "headers": { "X-A": ["a"] } }).to_string(),
        json!({ "statusCode": 200, "headers": { "X A": "a" } }).to_string(),
        json!({ "statusCode": 200, "headers": { "X-A": "a\nb" } }).to_string(),
        json!({ "statusCode": 200, "cookies": "a=1" }).to_string(),
    ] {
        let api = Api::answering(move || Ok(answer(payload.clone()))).await;
        api.assert_refused(api.get("/queries/orders"), 500, "Internal Server Error").await;
    }
}

#[tokio::test]
async fn a_failed_function_does_not_reveal_its_error() {
    let error = json!({ "errorType": "Runtime.ExitError", "errorMessage": "secret" }).to_string();
    let failed = Invocation { function_error: Some("Unhandled".to_owned()), ..answer(error) };
    let api = Api::answering(move || Ok(failed.clone())).await;
    api.assert_refused(api.get("/queries/orders"), 500, "Internal Server Error").await;
}

#[tokio::test]
async fn each_invoke_error_has_its_status() {
    let function = || "list-orders".to_owned();
    for (error, status, message) in [
        (InvokeError::TooManyRequests { function: function(), limit: 1 }, 503, "Service Unavailable"),
        (InvokeError::ShuttingDown, 503, "Service Unavailable"),
        (InvokeError::RequestTooLarge { size: 2, limit: 1 }, 413, "Request Entity Too Large"),
        (InvokeError::FunctionNotFound(function()), 500, "Internal Server Error"),
    ] {
        let api = Api::answering(move || Err(error.clone())).await;
        api.assert_refused(api.get("/queries/orders"), status, message).await;
    }
}
