//! Tests the handler with API Gateway payloads. It gets no table.

use http_api::GatewayEvent;
use queries::health::handle;
use serde_json::json;
use testing::gateway::{Answered, sample};

use crate::{blamed, querying, request};

async fn get(event: GatewayEvent) -> Answered {
    Answered::from(handle(&request(event)).await)
}

#[tokio::test]
async fn anybody_learns_that_the_api_runs_and_its_version() {
    let event = sample("health", "get");
    assert!(event.payload.request_context.authorizer.is_none(), "the sample has a token");
    let answered = get(event).await;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.body, json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(answered.header("content-type"), "application/json");
}

#[tokio::test]
async fn an_unknown_parameter_is_refused() {
    assert_eq!(blamed(&get(querying("health", "get", "deep=1")).await), (400, Some("deep")));
}
