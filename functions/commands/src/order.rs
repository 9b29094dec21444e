//! What every command on an order that is there does.

use domain::InvalidField;
use domain::order::{OrderCommand, OrderId, OrderState, OwnedOrder};
use es_core::{EventAppender, EventReader};
use http_api::{Answer, Failure, Request};
use serde::de::DeserializeOwned;

/// Carries out the command that `command` makes of the body, on the order in the path and on behalf of the caller.
pub(crate) async fn change<B: DeserializeOwned>(
    store: &(impl EventReader + EventAppender),
    request: &Request,
    command: impl FnOnce(B) -> Result<OrderCommand, InvalidField>,
) -> Result<Answer, Failure> {
    let order: OrderId = request.path("id")?;
    let command = command(request.json()?).map_err(|invalid| Failure::refused(&invalid))?;
    let caller = request.caller()?;
    let asked = command.asked_by(caller.subject(), caller.is_admin());
    let outcome = request.carry_out::<OwnedOrder>(store, order.stream(), asked).await?;
    Answer::receipt("order_id", &order, &outcome, OrderState::name)
}
