//! Tests of starting a front, of its requests to the endpoint, and of its responses.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use stack_gateway::front::Front;

use crate::endpoint::{FrontWithEndpoint, created, endpoint, options, refusal};

#[tokio::test]
async fn a_function_of_a_stack_is_called_by_its_physical_name() {
    let fronted = FrontWithEndpoint::start(Some("shop"), created).await;
    assert_eq!(fronted.list_orders().await, (201, "made".to_owned()));
    let calls = fronted.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].function, "shop-ListOrdersFunction-1");
    assert_eq!(calls[0].event["routeKey"], "GET /queries/orders");
    let claims = &calls[0].event["requestContext"]["authorizer"]["jwt"]["claims"];
    assert_eq!(claims["sub"], "user-1");
    assert_eq!(calls[0].headers["x-amzn-trace-id"], "Root=1-0-1");
    let credential = calls[0].headers["authorization"].to_str().unwrap();
    assert!(credential.contains("/eu-central-1/lambda/aws4_request"), "{credential}");
}

#[tokio::test]
async fn a_function_without_a_stack_is_called_by_its_binary() {
    let fronted = FrontWithEndpoint::start(None, created).await;
    fronted.list_orders().await;
    assert_eq!(fronted.calls()[0].function, "list-orders");
}

#[tokio::test]
async fn a_refused_caller_reaches_no_function() {
    let fronted = FrontWithEndpoint::start(None, created).await;
    assert_eq!(fronted.get("no.token.really").await.0, 401);
    assert!(fronted.calls().is_empty());
}

#[tokio::test]
async fn a_function_that_fails_is_a_500() {
    let failing = || ([("x-amz-function-error", "Unhandled")], r#"{"errorType":"x"}"#).into_response();
    let fronted = FrontWithEndpoint::start(None, failing).await;
    assert_eq!(fronted.list_orders().await, (500, r#"{"message":"Internal Server Error"}"#.to_owned()));
}

#[tokio::test]
async fn an_endpoints_error_is_returned_as_api_gateway_returns_it() {
    let unknown = FrontWithEndpoint::start(None, || StatusCode::NOT_FOUND.into_response()).await;
    assert_eq!(unknown.list_orders().await.0, 500);
    let large = FrontWithEndpoint::start(None, || StatusCode::PAYLOAD_TOO_LARGE.into_response()).await;
    assert_eq!(large.list_orders().await.0, 413);
    let throttled = FrontWithEndpoint::start(None, || StatusCode::TOO_MANY_REQUESTS.into_response()).await;
    assert_eq!(throttled.list_orders().await, (503, r#"{"message":"Service Unavailable"}"#.to_owned()));
}

#[tokio::test]
async fn the_error_names_an_unknown_stack() {
    let (address, _) = endpoint(created).await;
    let line = refusal(options(address, Some("other"))).await;
    assert!(line.starts_with(&format!("stack other at http://{address}: 400")), "{line}");
}

#[tokio::test]
async fn the_error_names_an_unreachable_endpoint() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let line = refusal(options(address, Some("shop"))).await;
    assert!(line.starts_with(&format!("stack shop at http://{address}: ")), "{line}");
}

#[tokio::test]
async fn a_front_serves_nothing_after_its_shutdown() {
    let (address, _) = endpoint(created).await;
    let front = Front::start(options(address, None)).await.unwrap();
    let url = front.base_url.trim_start_matches("http://").to_owned();
    assert!(std::net::TcpStream::connect(&url).is_ok());
    front.shutdown().await;
    assert!(std::net::TcpStream::connect(&url).is_err());
}
