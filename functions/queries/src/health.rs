//! Tells a load balancer or a monitor that the API runs. The answer needs no token and reads no table, so a throttled
//! table does not look like an outage of the API.

use http_api::{Answer, ApiError, GatewayResponse, Request, respond};
use serde::Serialize;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
}

/// Answers `GET /health`.
pub async fn handle(request: &Request) -> GatewayResponse {
    respond("health", request, async { health(request) }).await
}

fn health(request: &Request) -> Result<Answer, ApiError> {
    request.query()?.end()?;
    let health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };
    Ok(Answer::ok(&health)?.unmeasured())
}
