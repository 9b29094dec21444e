//! Returns the analytics: orders and revenue per day, and the products with the most revenue.

use http_api::{Answer, ApiError, GatewayResponse, Problem, Query, Request, respond};
use serde::Serialize;
use views::{CurrencyProducts, DailyTotal, Day, DayRange, DynamoAnalytics, InvalidDays};

/// The response with the orders and revenue of a range of days.
#[derive(Serialize)]
struct Daily {
    from: Day,
    to: Day,
    totals: Vec<DailyTotal>,
}

/// The response with the best-selling products of a range of days.
#[derive(Serialize)]
struct Products {
    from: Day,
    to: Day,
    currencies: Vec<CurrencyProducts>,
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
    query.end()?;
    let totals = analytics.daily(days).await.map_err(ApiError::from_store_error)?;
    Answer::ok(&Daily { from: days.from(), to: days.to(), totals })
}

async fn products(analytics: &DynamoAnalytics, request: &Request) -> Result<Answer, ApiError> {
    request.admin()?;
    let mut query = request.query()?;
    let days = days(&mut query, DynamoAnalytics::MAX_PRODUCT_DAYS)?;
    let limit = query.take("limit")?.unwrap_or_default();
    query.end()?;
    let currencies = analytics.products(days, limit).await.map_err(ApiError::from_store_error)?;
    Answer::ok(&Products { from: days.from(), to: days.to(), currencies })
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
