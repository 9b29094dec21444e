//! Returns the view `wing-span` of one paper crane. If the caller asks for a version, the handler waits until the view
//! has reached that version.

use domain::paper_crane::PaperCraneId;
use http_api::{Answer, ApiError, GatewayResponse, Request, answer_view, respond};
use views::DynamoWingSpanViews;

/// Answers `GET /queries/paper-cranes/{id}`.
pub async fn handle(views: &DynamoWingSpanViews, request: &Request) -> GatewayResponse {
    respond("look-up", request, get(views, request)).await
}

async fn get(views: &DynamoWingSpanViews, request: &Request) -> Result<Answer, ApiError> {
    let caller = request.caller()?;
    let id: PaperCraneId = request.path("id")?;
    let stream = id.stream();
    request.record_aggregate(&stream);
    // Another customer's paper crane gets the same answer after the same wait as an unknown id, so a caller cannot find
    // out which ids exist.
    answer_view(request, async || {
        let view = views.get(&stream).await.map_err(ApiError::from_store_error)?;
        Ok(view.filter(|view| caller.may_act_for(&view.owner)))
    })
    .await
}
