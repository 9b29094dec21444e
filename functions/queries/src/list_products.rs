//! Lists all products, including discontinued ones, sorted by id, in pages.

use http_api::{Answer, ApiError, GatewayResponse, Request, respond};
use views::{DynamoProductViews, ProductCursor, list_products};

/// Answers `GET /queries/products`.
pub async fn handle(views: &DynamoProductViews, request: &Request) -> GatewayResponse {
    respond("list-products", request, list(views, request)).await
}

async fn list(views: &DynamoProductViews, request: &Request) -> Result<Answer, ApiError> {
    request.caller()?;
    let mut query = request.query()?;
    let limit = query.take("limit")?.unwrap_or_default();
    let cursor: Option<ProductCursor> = query.take("cursor")?;
    query.end()?;
    let page = list_products(views, limit, cursor.as_ref()).await.map_err(ApiError::from_store_error)?;
    Answer::page(page.products, page.next)
}
