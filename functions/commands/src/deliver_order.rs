//! Records that the customer has received an order.

use domain::order::OrderCommand;
use es_core::{EventAppender, EventReader};
use http_api::{GatewayResponse, NoFields, Request, respond};

use crate::order::fulfil;

/// Answers `POST /commands/orders/{id}/deliver`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("deliver-order", request, fulfil(store, request, |NoFields {}, _| Ok(OrderCommand::Deliver)))
        .await
}
