//! Searches orders by words, user, status, currency, total and time, newest first, in pages.

use domain::Currency;
use domain::order::{OrderStatus, UserId};
use http_api::{Answer, ApiError, Caller, GatewayResponse, Query, Request, respond};
use view_store::Cursor;
use views::{DynamoOrderViews, SearchFilter, SearchTerms, search_orders};

use crate::list_failure;
use crate::staff::order_for;

/// Tells the client which totals are valid.
const MINOR_UNITS: &str = "must be a whole number of minor units of the currency, such as 5990";

/// Answers `GET /queries/orders/search`.
pub async fn handle(views: &DynamoOrderViews, request: &Request) -> GatewayResponse {
    respond("search-orders", request, search(views, request)).await
}

async fn search(views: &DynamoOrderViews, request: &Request) -> Result<Answer, ApiError> {
    let mut query = request.query()?;
    let caller = request.caller()?;
    let filter = filter(&mut query, &caller)?;
    let limit = query.take("limit")?.unwrap_or_default();
    let cursor: Option<Cursor> = query.take("cursor")?;
    query.end()?;
    let page = search_orders(views, &filter, limit, cursor.as_ref()).await.map_err(list_failure)?;
    Answer::page(page.orders.into_iter().map(|order| order_for(&caller, order)).collect(), page.next)
}

fn filter(query: &mut Query, caller: &Caller) -> Result<SearchFilter, ApiError> {
    let detail = format!("missing parameter; send 1 to {} words", SearchTerms::MAX);
    let missing = || ApiError::malformed("q", "parameter-missing", detail);
    let terms: SearchTerms = query.take("q")?.ok_or_else(missing)?;
    let status: Option<OrderStatus> = query.take("status")?;
    let user: Option<UserId> = query.take("user_id")?;
    let currency: Option<Currency> = query.take("currency")?;
    let min_total = query.take_number("min_total", MINOR_UNITS)?;
    let max_total = query.take_number("max_total", MINOR_UNITS)?;
    if currency.is_none() && (min_total.is_some() || max_total.is_some()) {
        let detail = "missing parameter; min_total and max_total compare totals in one currency: send its code, such as EUR";
        return Err(ApiError::malformed("currency", "parameter-missing", detail));
    }
    Ok(SearchFilter {
        terms,
        statuses: OrderStatus::ALL.map(|status| status.to_string()).into(),
        user_id: caller.listed_owner(user.map(Into::into))?,
        status: status.map(|status| status.to_string()),
        currency: currency.map(Into::into),
        min_total,
        max_total,
        from: query.take("from")?,
        to: query.take("to")?,
    })
}
