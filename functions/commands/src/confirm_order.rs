//! Accepts an order for shipment.

use domain::order::{OrderCommand, OrderId, OrderState, OwnedOrder};
use es_core::{EventAppender, EventReader, execute};
use http_api::{Answer, Failure, GatewayResponse, NoFields, Request, respond};

/// Answers `POST /commands/orders/{id}/confirm`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("confirm-order", request, confirm(store, request)).await
}

async fn confirm<S: EventReader + EventAppender>(store: &S, request: &Request) -> Result<Answer, Failure> {
    let order: OrderId = request.path("id")?;
    let NoFields {} = request.json()?;
    let caller = request.caller()?;
    let asked = OrderCommand::Confirm.asked_by(caller.subject(), caller.is_admin());
    let execution = request.execution(order.stream(), asked)?;
    let outcome = execute::<OwnedOrder, _>(store, execution).await?;
    Answer::receipt("order_id", &order, &outcome, OrderState::name)
}
