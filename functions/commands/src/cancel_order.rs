//! Cancels an order.

use domain::order::CancellationDraft;
use es_core::{EventAppender, EventReader};
use http_api::{GatewayResponse, Request, respond};

use crate::order::change;

/// Answers `POST /commands/orders/{id}/cancel`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("cancel-order", request, change(store, request, CancellationDraft::try_into)).await
}
