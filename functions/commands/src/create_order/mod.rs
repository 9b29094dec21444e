//! Creates an order with one conditional write. If the prices come from the catalog, the handler first reads the products
//! of the order that the instance does not remember.

mod catalog;
mod price_source;

use domain::InvalidField;
use domain::order::{OrderCommand, OrderDraft, OrderId, OrderRequest, OrderState, OwnedOrder, UserId};
use es_core::{EventAppender, EventReader, Execution, earlier_outcome, execute};
use http_api::{Answer, ApiError, GatewayResponse, Request, respond};

pub use catalog::{MAX_REMEMBERED, RememberedProducts};
pub use price_source::{PriceSource, UnknownPriceSource};

/// Answers `POST /commands/orders`. `prices` says where the prices of the order come from.
pub async fn handle<S: EventReader + EventAppender>(
    store: &S,
    prices: &PriceSource,
    request: &Request,
) -> GatewayResponse {
    respond("create-order", request, create(store, prices, request)).await
}

async fn create<S: EventReader + EventAppender>(
    store: &S,
    prices: &PriceSource,
    request: &Request,
) -> Result<Answer, ApiError> {
    let caller = request.caller_with(shop_contract::WRITE_SCOPE)?;
    let draft: OrderDraft = request.json()?;
    telemetry::set_attribute("items_count", i64::try_from(draft.items.len()).unwrap_or(i64::MAX));
    let expectation = request.expects_nothing_there()?;
    let metadata = request.metadata()?;
    let order = OrderId::derived(caller.subject(), &metadata.key);
    let owner = UserId::of_subject(caller.subject());
    let (stream, wanted) = (order.stream(), OrderRequest::from_draft(draft, owner).map_err(refused)?);
    let outcome = match priced(store, prices, request, wanted).await? {
        Ok(command) => {
            let command = command.sent_by(caller.subject(), caller.is_admin());
            let execution = Execution { stream, command, expectation, metadata };
            // The future is large, and the frame of the handler would move it several times.
            Box::pin(execute::<OwnedOrder, _>(store, execution)).await?
        }
        // This request may repeat one that succeeded before the catalog changed. Then the earlier outcome is the
        // answer.
        Err(refusal) => {
            let earlier = Box::pin(earlier_outcome::<OwnedOrder, _>(store, &stream, &metadata)).await?;
            earlier.ok_or_else(|| refused(refusal))?
        }
    };
    let receipt = Answer::receipt("order_id", &order, &outcome, OrderState::name)?;
    Ok(receipt.created(&format!("/queries/orders/{order}")))
}

/// The command with its prices. The inner error is the reason why the catalog refuses the order now, although an
/// earlier request may have succeeded. The outer error is the answer in any case.
///
/// A remembered product may have changed since it was loaded. An order may get such a price, but no order is refused
/// because of one: the products are loaded again before a refusal.
async fn priced<S: EventReader>(
    store: &S,
    prices: &PriceSource,
    request: &Request,
    wanted: OrderRequest,
) -> Result<Result<OrderCommand, InvalidField>, ApiError> {
    match prices {
        PriceSource::Command => wanted.at_own_prices().map(Ok).map_err(refused),
        PriceSource::Catalog(remembered) => {
            let (ids, now) = (wanted.products(), request.received_at());
            let recent = remembered.recent(&ids, now);
            let unknown = ids.into_iter().filter(|id| !recent.contains_key(id));
            let mut catalog = Box::pin(remembered.load(store, unknown, now)).await?;
            let loaded_again: Vec<_> = recent.keys().cloned().collect();
            catalog.extend(recent);
            if let Ok(command) = wanted.at_catalog_prices(&catalog) {
                return Ok(Ok(command));
            }
            catalog.extend(Box::pin(remembered.load(store, loaded_again, now)).await?);
            Ok(wanted.at_catalog_prices(&catalog))
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes the error by value")]
fn refused(invalid: InvalidField) -> ApiError {
    ApiError::refused(&invalid)
}
