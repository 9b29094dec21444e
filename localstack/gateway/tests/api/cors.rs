//! Tests of CORS: preflight requests, the headers of responses, and origins that are not admitted.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::json;
use stack_template::Cors;

use crate::api::{Api, answer};

const PAGE: &str = "https://shop.example.com";

fn cors(origins: &[&str]) -> Cors {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Cors {
        origins: texts(origins),
        methods: texts(&["GET", "POST"]),
        headers: texts(&["authorization", "if-match"]),
        exposed_headers: texts(&["etag", "location"]),
        allows_credentials: false,
        max_age: Some(Duration::from_mins(10)),
    }
}

/// An API whose function sets a CORS header of its own.
async fn api(origins: &[&str]) -> Api {
    let own =
        json!({"statusCode": 200, "body": "[]", "headers": {"access-control-allow-origin": "https://own"}});
    Api::with(Some(cors(origins)), move || Ok(answer(own.to_string()))).await
}

async fn preflight(api: &Api, path: &str, origin: &str) -> Response {
    let request = api.request(Method::OPTIONS, path).header("origin", origin);
    request.header("access-control-request-method", "POST").send().await.unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_gateway_answers_a_preflight_request() {
    let api = api(&["https://other.example", PAGE]).await;
    for path in ["/commands/orders", "/queries/orders", "/no-such-route"] {
        let response = preflight(&api, path, PAGE).await;
        assert_eq!(response.status(), 204, "{path}");
        assert_eq!(header(&response, "access-control-allow-origin"), Some(PAGE));
        assert_eq!(header(&response, "access-control-allow-methods"), Some("GET,POST"));
        assert_eq!(header(&response, "access-control-allow-headers"), Some("authorization,if-match"));
        assert_eq!(header(&response, "access-control-max-age"), Some("600"));
        assert_eq!(header(&response, "access-control-allow-credentials"), None);
    }
    assert!(api.calls().is_empty());
}

#[tokio::test]
async fn every_response_to_an_admitted_page_has_the_headers() {
    let api = api(&[PAGE]).await;
    for (path, status) in [("/queries/orders", 200), ("/no-such-route", 404)] {
        let response = api.get(path).header("origin", PAGE).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(header(&response, "access-control-allow-origin"), Some(PAGE));
        assert_eq!(header(&response, "access-control-expose-headers"), Some("etag,location"));
    }
    let padding = "p".repeat(10_240);
    let refused =
        api.get("/queries/orders").header("origin", PAGE).header("x", padding).send().await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), header(&refused, "access-control-allow-origin")),
        (431, Some(PAGE))
    );
}

#[tokio::test]
async fn another_page_gets_no_cors_headers() {
    let api = api(&[PAGE, "http://*"]).await;
    for origin in [
        "https://evil.example",
        "https://shop.example.com:8443",
        "https://shop.example.com.evil.example",
        "null",
    ] {
        let response = preflight(&api, "/queries/orders", origin).await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "access-control-allow-origin")),
            (204, None)
        );
        let response = api.get("/queries/orders").header("origin", origin).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), header(&response, "access-control-allow-origin")),
            (200, None)
        );
    }
    let any_http = preflight(&api, "/queries/orders", "http://localhost:8080").await;
    assert_eq!(header(&any_http, "access-control-allow-origin"), Some("http://localhost:8080"));
}

#[tokio::test]
async fn a_star_admits_every_page() {
    let response = preflight(&api(&["*"]).await, "/queries/orders", "https://anyone.example").await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn options_without_a_preflight_is_answered_without_cors_headers() {
    let api = api(&[PAGE]).await;
    for request in [
        api.request(Method::OPTIONS, "/queries/orders"),
        api.request(Method::OPTIONS, "/queries/orders").header("origin", PAGE),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), header(&response, "access-control-allow-origin")),
            (204, None)
        );
    }
}

#[tokio::test]
async fn without_a_configuration_options_is_not_found_and_the_function_sets_its_own_headers() {
    let own =
        json!({"statusCode": 200, "headers": {"access-control-allow-origin": "https://own"}}).to_string();
    let api = Api::answering(move || Ok(answer(own.clone()))).await;
    assert_eq!(preflight(&api, "/queries/orders", PAGE).await.status(), 404);
    let response = api.get("/queries/orders").header("origin", PAGE).send().await.unwrap();
    assert_eq!(header(&response, "access-control-allow-origin"), Some("https://own"));
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let api = Api::answering(|| Ok(answer(json!({"statusCode": 200, "body": "[1]"}).to_string()))).await;
    let raw = "HEAD /queries/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = api.send_raw(raw.to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("content-length: 3\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}
