//! Opens an order: one conditional write, no read.

use std::time::SystemTime;

use domain::order::{Order, OrderDraft, OrderId};
use es_core::{EventAppender, EventReader, Execution, execute};
use http_api::{Answer, Failure, GatewayEvent, GatewayResponse, Receipt, Request, respond};

/// Answers `POST /commands/orders`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, event: GatewayEvent) -> GatewayResponse {
    let request = Request::new(event, SystemTime::now());
    respond("create-order", &request, create(store, &request)).await
}

async fn create<S: EventReader + EventAppender>(store: &S, request: &Request) -> Result<Answer, Failure> {
    let draft: OrderDraft = request.json()?;
    let expectation = request.expects_nothing_there()?;
    let metadata = request.metadata()?;
    let order = OrderId::derived(request.caller().subject(), &metadata.key);
    let command = draft.try_into().map_err(|invalid| Failure::refused(&invalid))?;
    let execution = Execution { stream: order.stream(), command, expectation, metadata };
    let outcome = execute::<Order, _>(store, execution).await?;
    let receipt = Receipt { id_name: "order_id", id: order.to_string(), status: outcome.state.name() };
    Ok(Answer::receipt(receipt, &outcome)?.created(&format!("/queries/orders/{order}")))
}
