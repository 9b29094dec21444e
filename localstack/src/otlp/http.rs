//! OTLP over HTTP: `POST /v1/traces` in protobuf or JSON.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::collector::Collector;
use super::encoding::{Encoding, REQUEST_LIMIT, decompressed};
use super::forward::Export;
use super::refusal::Refusal;
use crate::lambda::collect;
use crate::loopback;

/// Where spans are posted (OTLP specification, "OTLP/HTTP Request").
pub(super) const TRACES_PATH: &str = "/v1/traces";
/// Time a client gets to send its request.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// The receiver's routes, for programs on this machine.
pub(super) fn router(collector: Collector) -> Router {
    Router::new()
        .route(TRACES_PATH, post(export))
        .with_state(collector)
        .layer(middleware::from_fn(loopback::only_programs))
}

async fn export(State(collector): State<Collector>, headers: HeaderMap, body: Body) -> Response {
    let encoding = Encoding::of(&headers);
    match take(&collector, encoding, &headers, body).await {
        Ok(response) => response,
        Err(refusal) => refusal.response(encoding),
    }
}

async fn take(
    collector: &Collector,
    encoding: Option<Encoding>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let encoding = encoding.ok_or(Refusal::UnknownEncoding)?;
    let body = collect(body, REQUEST_LIMIT, READ_LIMIT).await?;
    let request = encoding.read(decompressed(headers, body.clone())?)?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    collector.forward(|| Export {
        content_type: text(CONTENT_TYPE).unwrap_or_default(),
        content_encoding: text(CONTENT_ENCODING),
        body,
    });
    let answer = collector.store(request);
    Ok(([(CONTENT_TYPE, encoding.media_type())], encoding.write(&answer)).into_response())
}
