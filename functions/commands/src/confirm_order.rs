//! Confirms an order: the shop accepts the order for shipment.

use domain::order::OrderCommand;
use es_core::{EventAppender, EventReader};
use http_api::{GatewayResponse, NoFields, Request, respond};

use crate::order::fulfil;

/// Answers `POST /commands/orders/{id}/confirm`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    let confirm = |NoFields {}, confirmed_by| Ok(OrderCommand::Confirm { confirmed_by });
    respond("confirm-order", request, fulfil(store, request, confirm)).await
}
