//! Tests of requests that API Gateway answers itself: without a route, too large, too slow.

use std::convert::Infallible;
use std::future::pending;

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::json;
use stack_gateway::api::{Route, router};
use stack_lambda::{Invocation, Invoke, InvokeError};
use tower::ServiceExt;

use crate::api::{Api, answer};

#[tokio::test]
async fn a_request_without_a_route_is_not_found() {
    let api = Api::start().await;
    for path in ["/", "/commands", "/commands/orders", "/queries/orders/"] {
        api.assert_refused(api.get(path), 404, "Not Found").await;
    }
    assert!(api.calls().is_empty());
}

#[tokio::test]
async fn a_body_may_have_at_most_10_mb() {
    let api = Api::start().await;
    let body = |bytes: usize| api.post("/commands/orders").body("x".repeat(bytes));
    let largest = body(10 * 1024 * 1024).send().await.unwrap();
    assert_eq!(largest.status().as_u16(), 200);
    // The announced length is sufficient for a refusal, so no body is sent.
    let head = "POST /commands/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 10485761\r\n\r\n";
    let refused = api.send_raw(head.to_owned()).await;
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
    assert!(refused.ends_with(r#"{"message":"Request Entity Too Large"}"#), "{refused}");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_limited_too() {
    let api = Api::start().await;
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x0010_0000));
    let head = "POST /commands/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let ten_mb = format!("{head}{}", chunk.repeat(10));
    let refused = api.send_raw(format!("{ten_mb}1\r\nx\r\n")).await;
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
}

#[tokio::test]
async fn request_line_and_header_values_may_have_at_most_10_240_bytes() {
    let api = Api::start().await;
    let exchange = async |padding: usize| {
        let head = "GET /queries/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Padding: ";
        api.send_raw(format!("{head}{}\r\n\r\n", "p".repeat(padding))).await
    };
    let around = "GET /queries/orders HTTP/1.1".len() + "x".len() + "close".len();
    let largest = exchange(10_240 - around).await;
    assert!(largest.starts_with("HTTP/1.1 200 "), "{largest}");
    let refused = exchange(10_241 - around).await;
    assert!(refused.starts_with("HTTP/1.1 431 "), "{refused}");
    assert!(refused.ends_with(r#"{"message":"Request Header Fields Too Large"}"#), "{refused}");
}

#[tokio::test]
async fn the_number_of_header_fields_is_not_limited() {
    let api = Api::start().await;
    let fields: Vec<String> = (0..1_000).map(|number| format!("X-{number}: v\r\n")).collect();
    let fields = fields.concat();
    let request = format!("GET /queries/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n");
    let answer = api.send_raw(request).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(api.calls()[0].event["headers"]["x-999"], "v");
}

/// The HTTP library refuses such a head before the gateway sees the request.
#[tokio::test]
async fn a_refused_head_of_any_size_gets_the_same_body() {
    let api = Api::start().await;
    let head = |target: &str, fields: &str| {
        format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n")
    };
    let many: Vec<String> = (0..5_000).map(|number| format!("X-{number}:\r\n")).collect();
    for request in [
        head("/queries/orders", &format!("X: {}\r\n", "v".repeat(200_000))),
        head("/queries/orders", &many.concat()),
        head(&format!("/queries/orders?q={}", "v".repeat(70_000)), ""),
    ] {
        let answer = api.send_raw(request).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        assert!(answer.contains("content-type: application/json\r\n"), "{answer}");
        assert!(answer.ends_with(r#"{"message":"Request Header Fields Too Large"}"#), "{answer}");
    }
    assert!(api.calls().is_empty());
}

/// A function that returns at once or never.
#[derive(Clone)]
struct Function {
    answers: bool,
}

impl Invoke for Function {
    async fn invoke(&self, _: &str, _: Bytes, _: Option<&str>) -> Result<Invocation, InvokeError> {
        if self.answers { Ok(answer(json!({}).to_string())) } else { pending().await }
    }
}

/// A body that never arrives.
fn stalled() -> Body {
    Body::new(StreamBody::new(futures::stream::pending::<Result<Frame<Bytes>, Infallible>>()))
}

/// Sends a request without a socket and returns the response. Without a socket, only the paused clock counts.
async fn answer_of(function: Function, body: Body) -> (u16, Bytes) {
    let (method, path) = ("POST".to_owned(), "/".to_owned());
    let route = Route { method, path, function: "slow".to_owned(), guard: None };
    let request = Request::post("/").body(body).unwrap();
    let response = router(vec![route], None, function).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, axum::body::to_bytes(response.into_body(), 1024).await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_function_times_out_after_30_seconds() {
    let before = tokio::time::Instant::now();
    let answer = answer_of(Function { answers: false }, Body::empty()).await;
    assert_eq!(answer, (503, r#"{"message":"Service Unavailable"}"#.into()));
    assert_eq!(before.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_body_times_out_after_30_seconds() {
    let answer = answer_of(Function { answers: true }, stalled()).await;
    assert_eq!(answer, (408, r#"{"message":"Request Timeout"}"#.into()));
}
