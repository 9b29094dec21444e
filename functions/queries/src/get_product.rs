//! Returns one product's view. If the caller asks for a version, the handler waits until the view has reached that
//! version.

use domain::product::ProductId;
use http_api::{Answer, ApiError, GatewayResponse, Request, answer_view, respond};
use views::DynamoProductViews;

/// Answers `GET /queries/products/{id}`.
pub async fn handle(views: &DynamoProductViews, request: &Request) -> GatewayResponse {
    respond("get-product", request, get(views, request)).await
}

async fn get(views: &DynamoProductViews, request: &Request) -> Result<Answer, ApiError> {
    request.caller()?;
    let product: ProductId = request.path("id")?;
    let stream = product.stream();
    request.record_aggregate(&stream);
    answer_view(request, async || views.get(&stream).await.map_err(ApiError::from_store_error)).await
}
