//! Gives an order up.

use domain::order::{CancellationDraft, OrderCommand, OrderId, OrderState, OwnedOrder};
use es_core::{EventAppender, EventReader, execute};
use http_api::{Answer, Failure, GatewayResponse, Request, respond};

/// Answers `POST /commands/orders/{id}/cancel`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("cancel-order", request, cancel(store, request)).await
}

async fn cancel<S: EventReader + EventAppender>(store: &S, request: &Request) -> Result<Answer, Failure> {
    let order: OrderId = request.path("id")?;
    let draft: CancellationDraft = request.json()?;
    let command = OrderCommand::try_from(draft).map_err(|invalid| Failure::refused(&invalid))?;
    let caller = request.caller()?;
    let asked = command.asked_by(caller.subject(), caller.is_admin());
    let execution = request.execution(order.stream(), asked)?;
    let outcome = execute::<OwnedOrder, _>(store, execution).await?;
    Answer::receipt("order_id", &order, &outcome, OrderState::name)
}
