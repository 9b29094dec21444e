//! Returns one order's view. If the caller asks for a version, the handler waits until the view has reached that
//! version.

use domain::order::OrderId;
use http_api::{Answer, ApiError, GatewayResponse, Request, answer_view, respond};
use views::DynamoOrderViews;

use crate::staff::order_for;

/// Answers `GET /queries/orders/{id}`.
pub async fn handle(views: &DynamoOrderViews, request: &Request) -> GatewayResponse {
    respond("get-order", request, get(views, request)).await
}

async fn get(views: &DynamoOrderViews, request: &Request) -> Result<Answer, ApiError> {
    let caller = request.caller()?;
    let order: OrderId = request.path("id")?;
    let stream = order.stream();
    request.record_aggregate(&stream);
    // Another customer's order gets the same answer after the same wait as an unknown id, so a caller cannot find out
    // which ids exist.
    answer_view(request, async || {
        let view = views.get(&stream).await.map_err(ApiError::from_store_error)?;
        let view = view.filter(|view| caller.may_see(Some(&view.user_id)));
        Ok(view.map(|view| order_for(&caller, view)))
    })
    .await
}
