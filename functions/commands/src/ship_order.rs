//! Records that a carrier has picked up an order.

use domain::order::ShipmentDraft;
use es_core::{EventAppender, EventReader};
use http_api::{GatewayResponse, Request, respond};

use crate::order::fulfil;

/// Answers `POST /commands/orders/{id}/ship`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    let ship = |draft: ShipmentDraft, _| draft.try_into();
    respond("ship-order", request, fulfil(store, request, ship)).await
}
