//! Executes the command `unfold-wing` on a paper crane.

use domain::CallerCommand;
use domain::paper_crane::{PaperCrane, PaperCraneCommand, PaperCraneId, PaperCraneState};
use es_core::{EventAppender, EventReader};
use http_api::{Answer, ApiError, GatewayResponse, Request, respond};
use shop_contract::WRITE_SCOPE;

/// Answers `POST /commands/paper-cranes/{id}/unfold-wing`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("unfold-wing-paper-crane", request, unfold_wing(store, request)).await
}

async fn unfold_wing<S: EventReader + EventAppender>(
    store: &S,
    request: &Request,
) -> Result<Answer, ApiError> {
    let caller = request.caller_with(WRITE_SCOPE)?;
    let id: PaperCraneId = request.path("id")?;
    let command = PaperCraneCommand::UnfoldWing(request.json()?);
    let command = CallerCommand::new(command, caller.subject(), caller.is_admin());
    let outcome = request.carry_out::<PaperCrane>(store, id.stream(), command).await?;
    Answer::receipt("paper_crane_id", &id, &outcome, PaperCraneState::name)
}
