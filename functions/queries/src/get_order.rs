//! Answers one order's view, at once or as soon as it has reached the version that the caller asks for.

use domain::order::OrderId;
use http_api::{Answer, Failure, GatewayResponse, Request, answer_view, respond};
use views::DynamoOrderViews;

/// Answers `GET /queries/orders/{id}`.
pub async fn handle(views: &DynamoOrderViews, request: &Request) -> GatewayResponse {
    respond("get-order", request, get(views, request)).await
}

async fn get(views: &DynamoOrderViews, request: &Request) -> Result<Answer, Failure> {
    let caller = request.caller()?;
    let order: OrderId = request.path("id")?;
    let stream = order.stream();
    request.concerns(&stream);
    // Somebody else's order is answered as one that is not there, after the same wait: nobody learns which ids exist.
    answer_view(request, async || {
        let view = views.get(&stream).await.map_err(Failure::of_store)?;
        Ok(view.filter(|view| caller.may_act_for(&view.user_id)))
    })
    .await
}
