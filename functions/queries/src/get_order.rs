//! Answers one order's view, at once or as soon as it has reached the version that the caller asks for.

use http_api::{Answer, Failure, GatewayResponse, Request, answer_view, respond};
use uuid::fmt::Hyphenated;
use views::DynamoOrderViews;

/// Answers `GET /queries/orders/{id}`.
pub async fn handle(views: &DynamoOrderViews, request: &Request) -> GatewayResponse {
    respond("get-order", request, get(views, request)).await
}

async fn get(views: &DynamoOrderViews, request: &Request) -> Result<Answer, Failure> {
    let caller = request.caller()?;
    let order: Hyphenated = request.path("id")?;
    request.concerns(format_args!("order-{order}"));
    // Somebody else's order is answered as one that is not there, after the same wait: nobody learns which ids exist.
    answer_view(request, async || {
        let view = views.get(order.into_uuid()).await.map_err(Failure::of_store)?;
        Ok(view.filter(|view| caller.may_act_for(&view.user_id)))
    })
    .await
}
