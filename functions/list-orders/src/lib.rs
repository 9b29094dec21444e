//! Lists orders by user, status and time, newest first, a page at a time. Customers see their own; admins see all.

use std::time::SystemTime;

use domain::order::OrderStatus;
use http_api::{Answer, Caller, Failure, GatewayEvent, GatewayResponse, Problem, Query, Request, respond};
use read_store::{Cursor, DynamoOrderViews, ListError, OrderFilter, OrderView, Scope};
use serde::Serialize;

/// One page, as the caller gets it.
#[derive(Serialize)]
struct Page {
    items: Vec<OrderView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Answers `GET /queries/orders`.
pub async fn handle(views: &DynamoOrderViews, event: GatewayEvent) -> GatewayResponse {
    let request = Request::new(event, SystemTime::now());
    respond("list-orders", &request, list(views, &request)).await
}

async fn list(views: &DynamoOrderViews, request: &Request) -> Result<Answer, Failure> {
    let mut query = request.query()?;
    let filter = filter(&mut query, &request.caller()?)?;
    let limit = query.take("limit")?.unwrap_or_default();
    let cursor: Option<Cursor> = query.take("cursor")?;
    query.end()?;
    let page = views.list(&filter, limit, cursor.as_ref()).await.map_err(failure)?;
    Answer::ok(&Page { items: page.orders, next_cursor: page.next.map(|cursor| cursor.to_string()) })
}

fn filter(query: &mut Query, caller: &Caller) -> Result<OrderFilter, Failure> {
    let status: Option<OrderStatus> = query.take("status")?;
    let scope = match (whose(query.take("user_id")?, caller)?, status) {
        (Some(user_id), status) => Scope::User { user_id, status: status.map(|status| status.to_string()) },
        (None, Some(status)) => Scope::Statuses(vec![status.to_string()]),
        (None, None) => Scope::Statuses(OrderStatus::ALL.map(|status| status.to_string()).into()),
    };
    Ok(OrderFilter { scope, from: query.take("from")?, to: query.take("to")? })
}

/// Whose orders to list; everybody's where it is `None`, which is for admins only.
fn whose(asked: Option<String>, caller: &Caller) -> Result<Option<String>, Failure> {
    match asked {
        Some(user) if caller.may_act_for(&user) => Ok(Some(user)),
        Some(_) => Err(Problem::NotYours.into()),
        None if caller.is_admin() => Ok(None),
        None => Ok(Some(caller.subject().to_owned())),
    }
}

fn failure(error: ListError) -> Failure {
    match error {
        ListError::Cursor(error) => Failure::malformed("cursor", "cursor-malformed", error.to_string()),
        ListError::Read(error) => Failure::of_store(error),
    }
}
