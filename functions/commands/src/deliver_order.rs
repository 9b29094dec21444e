//! Records that an order has reached its customer.

use domain::order::{OrderCommand, OrderId, OrderState, OwnedOrder};
use es_core::{EventAppender, EventReader, execute};
use http_api::{Answer, Failure, GatewayResponse, NoFields, Request, respond};

/// Answers `POST /commands/orders/{id}/deliver`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("deliver-order", request, deliver(store, request)).await
}

async fn deliver<S: EventReader + EventAppender>(store: &S, request: &Request) -> Result<Answer, Failure> {
    let order: OrderId = request.path("id")?;
    let NoFields {} = request.json()?;
    let caller = request.caller()?;
    let asked = OrderCommand::Deliver.asked_by(caller.subject(), caller.is_admin());
    let execution = request.execution(order.stream(), asked)?;
    let outcome = execute::<OwnedOrder, _>(store, execution).await?;
    Answer::receipt("order_id", &order, &outcome, OrderState::name)
}
