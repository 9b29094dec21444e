//! Searches orders by their words, and by user, status, sum and time, newest first, a page at a time.

use std::time::SystemTime;

use domain::order::OrderStatus;
use http_api::{Answer, Caller, Failure, GatewayEvent, GatewayResponse, Problem, Query, Request, respond};
use read_store::{Cursor, DynamoOrderViews, ListError, OrderView, SearchFilter, SearchTerms};
use serde::Serialize;

/// One page, as the caller gets it.
#[derive(Serialize)]
struct Page {
    items: Vec<OrderView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Answers `GET /queries/orders/search`.
pub async fn handle(views: &DynamoOrderViews, event: GatewayEvent) -> GatewayResponse {
    let request = Request::new(event, SystemTime::now());
    respond("search-orders", &request, search(views, &request)).await
}

async fn search(views: &DynamoOrderViews, request: &Request) -> Result<Answer, Failure> {
    let mut query = request.query()?;
    let filter = filter(&mut query, &request.caller()?)?;
    let limit = query.take("limit")?.unwrap_or_default();
    let cursor: Option<Cursor> = query.take("cursor")?;
    query.end()?;
    let page = views.search(&filter, limit, cursor.as_ref()).await.map_err(failure)?;
    Answer::ok(&Page { items: page.orders, next_cursor: page.next.map(|cursor| cursor.to_string()) })
}

fn filter(query: &mut Query, caller: &Caller) -> Result<SearchFilter, Failure> {
    let missing = || Failure::malformed("q", "parameter-missing", "a search has a word at least");
    let terms: SearchTerms = query.take("q")?.ok_or_else(missing)?;
    let status: Option<OrderStatus> = query.take("status")?;
    Ok(SearchFilter {
        terms,
        statuses: OrderStatus::ALL.map(|status| status.to_string()).into(),
        user_id: user(query, caller)?,
        status: status.map(|status| status.to_string()),
        min_total: query.take("min_total")?,
        max_total: query.take("max_total")?,
        from: query.take("from")?,
        to: query.take("to")?,
    })
}

/// Whose orders are searched: a customer's own, whatever is asked for; those of anybody, or of everybody, for an admin.
fn user(query: &mut Query, caller: &Caller) -> Result<Option<String>, Failure> {
    let asked: Option<String> = query.take("user_id")?;
    if caller.may_see(asked.as_deref()) {
        Ok(asked)
    } else if asked.is_some() {
        Err(Problem::NotYours.into())
    } else {
        Ok(Some(caller.subject().to_owned()))
    }
}

fn failure(error: ListError) -> Failure {
    match error {
        ListError::Cursor(error) => Failure::malformed("cursor", "cursor-malformed", error.to_string()),
        ListError::Read(error) => Failure::of_store(error),
    }
}
