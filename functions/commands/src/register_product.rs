//! Registers a product, or changes the name and price of a registered product.

use domain::InvalidField;
use domain::product::{Product, ProductDraft, ProductId, ProductState};
use es_core::{EventAppender, EventReader, StreamVersion};
use http_api::{Answer, ApiError, GatewayResponse, Request, respond};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Every character except the unreserved ones of RFC 3986, section 2.3. A path needs no percent-encoding for those.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Answers `PUT /commands/products/{id}`: 201 if the request created the product, 200 if the product existed.
pub async fn handle<S: EventReader + EventAppender>(store: &S, request: &Request) -> GatewayResponse {
    respond("register-product", request, register(store, request)).await
}

async fn register<S: EventReader + EventAppender>(store: &S, request: &Request) -> Result<Answer, ApiError> {
    request.admin()?;
    let refused = |invalid: InvalidField| ApiError::refused(&invalid);
    let id: String = request.path("id")?;
    let draft: ProductDraft = request.json()?;
    let product = ProductId::try_from(id).map_err(InvalidField::at("product_id")).map_err(refused)?;
    let command = draft.into_command(product.clone()).map_err(refused)?;
    let outcome = request.carry_out::<Product>(store, product.stream(), command).await?;
    let is_new = outcome.changed && outcome.version == StreamVersion::NONE.next();
    let id = product.to_string();
    let location = format!("/queries/products/{}", utf8_percent_encode(&id, UNRESERVED));
    let answer = Answer::receipt("product_id", &id, &outcome, ProductState::name)?;
    Ok(if is_new { answer.created(&location) } else { answer })
}
