//! Records that a carrier has picked up an order.

use domain::order::ShipmentDraft;
use es_core::{EventAppender, EventReader};
use http_api::{GatewayResponse, Request, respond};

use crate::order::fulfil;

/// Answers `POST /commands/orders/{id}/ship`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("ship-order", request, fulfil(store, request, ShipmentDraft::try_into)).await
}
