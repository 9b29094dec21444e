//! Opens a paper crane by the command `fold-up`, with one conditional write and no read.

use domain::CallerCommand;
use domain::paper_crane::{PaperCrane, PaperCraneCommand, PaperCraneId, PaperCraneState};
use es_core::{EventAppender, EventReader, Execution, execute};
use http_api::{Answer, ApiError, GatewayResponse, Request, respond};
use shop_contract::WRITE_SCOPE;

/// Answers `POST /commands/paper-cranes`.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("fold-up-paper-crane", request, fold_up(store, request)).await
}

async fn fold_up<S: EventReader + EventAppender>(store: &S, request: &Request) -> Result<Answer, ApiError> {
    let caller = request.caller_with(WRITE_SCOPE)?;
    let command = PaperCraneCommand::FoldUp { owner: caller.subject().to_owned(), body: request.json()? };
    let command = CallerCommand::new(command, caller.subject(), caller.is_admin());
    let expectation = request.expects_nothing_there()?;
    let metadata = request.metadata()?;
    let id = PaperCraneId::derived(caller.subject(), &metadata.key);
    let execution = Execution { stream: id.stream(), command, expectation, metadata };
    let outcome = execute::<PaperCrane, _>(store, execution).await?;
    let receipt = Answer::receipt("paper_crane_id", &id, &outcome, PaperCraneState::name)?;
    Ok(receipt.created(&format!("/queries/paper-cranes/{id}")))
}
