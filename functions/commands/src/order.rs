//! The common part of every command on an existing order.

use domain::InvalidField;
use domain::order::{OrderCommand, OrderId, OrderState, OwnedOrder};
use es_core::{EventAppender, EventReader};
use http_api::{Answer, ApiError, Request};
use serde::de::DeserializeOwned;

/// Executes a command on the order in the path on behalf of the caller. `command` converts the request's body into the
/// command.
pub(crate) async fn change<B: DeserializeOwned>(
    store: &(impl EventReader + EventAppender),
    request: &Request,
    command: impl FnOnce(B) -> Result<OrderCommand, InvalidField>,
) -> Result<Answer, ApiError> {
    let order: OrderId = request.path("id")?;
    let command = command(request.json()?).map_err(|invalid| ApiError::refused(&invalid))?;
    let caller = request.caller()?;
    let sent = command.sent_by(caller.subject(), caller.is_admin());
    let outcome = request.carry_out::<OwnedOrder>(store, order.stream(), sent).await?;
    Answer::receipt("order_id", &order, &outcome, OrderState::name)
}
