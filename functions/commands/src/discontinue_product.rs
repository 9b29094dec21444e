//! Discontinues a product: the shop no longer sells the product.

use domain::product::{Product, ProductCommand, ProductId, ProductState};
use es_core::{EventAppender, EventReader};
use http_api::{Answer, ApiError, GatewayResponse, NoFields, Request, respond};

/// Answers `DELETE /commands/products/{id}`. The request is idempotent: a repeated request succeeds and changes
/// nothing.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("discontinue-product", request, discontinue(store, request)).await
}

async fn discontinue<S: EventReader + EventAppender>(
    store: &S,
    request: &Request,
) -> Result<Answer, ApiError> {
    request.admin()?;
    let product: ProductId = request.path("id")?;
    let NoFields {} = request.json()?;
    let outcome = request.carry_out::<Product>(store, product.stream(), ProductCommand::Discontinue).await?;
    Answer::receipt("product_id", &product, &outcome, ProductState::name)
}
