//! Tests header injection, line breaks in values, and contradictory lengths.

use e2e::{get, post, put};
use serde_json::json;

use crate::abuse::support::{
    MALFORMED, assert_blames, create_order, customer, customers_token, exchange, operator, order, send,
    stranger,
};

#[tokio::test]
async fn a_header_value_with_a_line_break_is_refused() {
    let token = customers_token(&stranger());
    for value in ["a\rSet-Cookie: b=1", "a\0b", "a\n Set-Cookie: b=1", "a\r\n folded"] {
        for name in ["idempotency-key", "x-correlation-id", "if-match", "traceparent"] {
            let head =
                format!("GET /queries/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n");
            let answer = exchange(format!("{head}{name}: {value}\r\nconnection: close\r\n\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{name}: {value:?}: {answer}");
            assert!(!answer.to_lowercase().contains("set-cookie"), "{answer}");
        }
    }
}

#[tokio::test]
async fn contradictory_lengths_are_refused() {
    let token = customers_token(&stranger());
    for lengths in [
        "content-length: 2\r\ncontent-length: 3",
        "content-length: -1",
        "content-length: 2,3",
        "content-length: 18446744073709551616",
    ] {
        let head = format!("POST /commands/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n");
        let answer = exchange(format!("{head}{lengths}\r\nconnection: close\r\n\r\n{{}}")).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{lengths}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "the front end has read two requests: {answer}");
    }
}

#[tokio::test]
async fn a_line_break_in_json_reaches_no_header() {
    let customer = customer(&stranger());
    let id = create_order(&customer).await;
    for key in ["a\r\nset-cookie: b=1", "a\u{0}", "\u{e9}", "", "with space"] {
        let command = json!({"operation": "cancel", "order_id": id, "idempotency_key": key});
        let reply =
            send(&customer, post("/commands/orders:batch").json(&json!({ "commands": [command] }))).await;
        assert_eq!(reply.body["results"][0]["status"], 400, "{key:?}: {}", reply.body);
        assert!(!reply.headers.contains_key("set-cookie"));
    }
    let hostile =
        put("/commands/products/a%0D%0Aset-cookie:b=1").json(&json!({"name": "a", "unit_price_cents": 1}));
    let reply = send(&operator(), hostile).await;
    assert_eq!((reply.status, reply.header("location")), (422, ""));
    assert!(!reply.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn an_id_in_a_response_header_is_plain_ascii() {
    let product = format!("k%20%C3%A9%22%3B%2C-{}", stranger());
    let offer =
        put(format!("/commands/products/{product}")).json(&json!({"name": "a", "unit_price_cents": 1}));
    let reply = send(&operator(), offer).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (201, format!("/queries/products/{product}").as_str())
    );
}

/// Clients that copy text from a word processor send curly quotes.
#[tokio::test]
async fn a_header_that_is_not_text_is_never_taken_as_absent() {
    let customer = customer(&stranger());
    let id = create_order(&customer).await;
    let curly = "\u{201c}9\u{201d}";
    for (call, name) in [
        (post(format!("/commands/orders/{id}/cancel")).header("if-match", curly), "If-Match"),
        (post(format!("/commands/orders/{id}/cancel")).header("if-none-match", curly), "If-None-Match"),
        (post(format!("/commands/orders/{id}/cancel")).header("idempotency-key", curly), "Idempotency-Key"),
        (get(format!("/queries/orders/{id}")).header("if-none-match", curly), "If-None-Match"),
        (get(format!("/queries/orders/{id}")).header("prefer", curly), "Prefer"),
    ] {
        assert_blames(&send(&customer, call).await, MALFORMED, (name, "header-malformed"));
    }
    let traced = post(format!("/commands/orders/{id}/cancel")).header("traceparent", curly);
    assert_eq!(send(&customer, traced.header("tracestate", curly)).await.body["version"], 2);
}

#[tokio::test]
async fn a_key_is_visible_ascii() {
    let key = |key: &str| order().header("idempotency-key", key);
    let customer = customer(&stranger());
    for bad in ["", "with space", "tab\tbed", &"k".repeat(256), "\"\""] {
        let reply = send(&customer, key(bad)).await;
        assert_blames(&reply, MALFORMED, ("Idempotency-Key", "idempotency-key-malformed"));
    }
}

#[tokio::test]
async fn only_a_plain_correlation_id_is_accepted() {
    let customer = customer(&stranger());
    let request_with = |id: &str| get("/queries/orders").header("x-correlation-id", id);
    let long = "c".repeat(129);
    for hostile in ["two words", "<script>alert(1)</script> x", "\u{e9}", &long] {
        let reply = send(&customer, request_with(hostile)).await;
        assert_blames(
            &reply,
            MALFORMED,
            (
                "X-Correlation-Id",
                if hostile.is_ascii() { "correlation-id-malformed" } else { "header-malformed" },
            ),
        );
        let returned = reply.header("x-correlation-id");
        assert!(returned.len() == 36 && returned != hostile, "{hostile} comes back as {returned}");
    }
    assert_eq!(
        send(&customer, request_with("conversation-7")).await.header("x-correlation-id"),
        "conversation-7"
    );
}
