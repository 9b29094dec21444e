//! The common parts of the commands on an existing order.

use domain::InvalidField;
use domain::order::{OrderCommand, OrderId, OrderState, OwnedOrder, UserId};
use es_core::{EventAppender, EventReader};
use http_api::{Answer, ApiError, Request};
use serde::de::DeserializeOwned;
use shop_contract::{FULFIL_SCOPE, WRITE_SCOPE};

/// Executes a customer's command on the order in the path. The order must belong to the caller, unless the caller is an
/// admin. `command` converts the request's body into the command.
pub(crate) async fn change<B: DeserializeOwned>(
    store: &(impl EventReader + EventAppender),
    request: &Request,
    command: impl FnOnce(B) -> Result<OrderCommand, InvalidField>,
) -> Result<Answer, ApiError> {
    let caller = request.caller_with(WRITE_SCOPE)?;
    carry_out(store, request, command, caller.subject(), caller.is_admin()).await
}

/// Executes a command of the staff that fulfils orders on the order in the path. The order may belong to any customer.
/// `command` converts the request's body and the id of the caller into the command.
pub(crate) async fn fulfil<B: DeserializeOwned>(
    store: &(impl EventReader + EventAppender),
    request: &Request,
    command: impl FnOnce(B, UserId) -> Result<OrderCommand, InvalidField>,
) -> Result<Answer, ApiError> {
    let caller = request.caller_with(FULFIL_SCOPE)?;
    let by_caller = |body| command(body, UserId::of_subject(caller.subject()));
    carry_out(store, request, by_caller, caller.subject(), true).await
}

async fn carry_out<B: DeserializeOwned>(
    store: &(impl EventReader + EventAppender),
    request: &Request,
    command: impl FnOnce(B) -> Result<OrderCommand, InvalidField>,
    subject: &str,
    may_change_all: bool,
) -> Result<Answer, ApiError> {
    let order: OrderId = request.path("id")?;
    let command = command(request.json()?).map_err(|invalid| ApiError::refused(&invalid))?;
    let sent = command.sent_by(subject, may_change_all);
    let outcome = request.carry_out::<OwnedOrder>(store, order.stream(), sent).await?;
    Answer::receipt("order_id", &order, &outcome, OrderState::name)
}
