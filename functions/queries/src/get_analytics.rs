//! Returns the analytics: orders and revenue per day, and the products with the most revenue.

use http_api::{Answer, ApiError, GatewayResponse, Problem, Query, Request, respond};
use serde::Serialize;
use views::{
    AnalyticsCursor, CurrencyProducts, DailyPage, DailyTotal, Day, DayRange, DynamoAnalytics, InvalidDays,
    ProductTotalsPage,
};

use crate::list_failure;

/// The response with the orders and revenue of a range of days.
#[derive(Serialize)]
struct Daily {
    from: Day,
    to: Day,
    totals: Vec<DailyTotal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The response with the best-selling products of a range of days.
#[derive(Serialize)]
struct Products {
    from: Day,
    to: Day,
    currencies: Vec<CurrencyProducts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Answers `GET /queries/analytics/daily` and `GET /queries/analytics/products`.
pub async fn handle(analytics: &DynamoAnalytics, request: &Request) -> GatewayResponse {
    let path = request.gateway().raw_path.as_deref().unwrap_or_default();
    match path.rsplit('/').next() {
        Some("daily") => respond("get-analytics-daily", request, daily(analytics, request)).await,
        Some("products") => respond("get-analytics-products", request, products(analytics, request)).await,
        _ => respond("get-analytics", request, async { Err(Problem::NotFound.into()) }).await,
    }
}

async fn daily(analytics: &DynamoAnalytics, request: &Request) -> Result<Answer, ApiError> {
    request.admin()?;
    let mut query = request.query()?;
    let days = days(&mut query, DynamoAnalytics::MAX_DAILY_DAYS)?;
    let cursor: Option<AnalyticsCursor> = query.take("cursor")?;
    query.end()?;
    let DailyPage { totals, next } = analytics.daily(days, cursor.as_ref()).await.map_err(list_failure)?;
    let next_cursor = next.map(|next| next.to_string());
    Answer::ok(&Daily { from: days.from(), to: days.to(), totals, next_cursor })
}

async fn products(analytics: &DynamoAnalytics, request: &Request) -> Result<Answer, ApiError> {
    request.admin()?;
    let mut query = request.query()?;
    let days = days(&mut query, DynamoAnalytics::MAX_PRODUCT_DAYS)?;
    let limit = query.take("limit")?.unwrap_or_default();
    let cursor: Option<AnalyticsCursor> = query.take("cursor")?;
    query.end()?;
    let page = analytics.products(days, limit, cursor.as_ref()).await.map_err(list_failure)?;
    let ProductTotalsPage { currencies, next } = page;
    let next_cursor = next.map(|next| next.to_string());
    Answer::ok(&Products { from: days.from(), to: days.to(), currencies, next_cursor })
}

/// Takes the range of days from the parameters `from` and `to`. Both are required.
///
/// # Errors
/// [`Problem::Malformed`] if a parameter is missing or unreadable, the days are reversed, or there are more than
/// `most`.
fn days(query: &mut Query, most: u16) -> Result<DayRange, ApiError> {
    let mut day = |name: &'static str| {
        let detail = "missing parameter; send a day, such as 2026-11-22";
        let missing = || ApiError::malformed(name, "parameter-missing", detail);
        query.take::<Day>(name)?.ok_or_else(missing)
    };
    let (from, to) = (day("from")?, day("to")?);
    DayRange::new(from, to, most).map_err(|error| {
        let code = match error {
            InvalidDays::Reversed => "days-reversed",
            InvalidDays::TooMany { .. } => "days-too-many",
        };
        ApiError::malformed("to", code, error.to_string())
    })
}
