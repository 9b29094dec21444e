//! Lists orders by user, status and time, newest first, in pages. Customers see their own orders; the shop's
//! staff sees all orders.

use domain::order::{OrderStatus, UserId};
use http_api::{Answer, ApiError, Caller, GatewayResponse, Query, Request, respond};
use view_store::Cursor;
use views::{DynamoOrderViews, OrderFilter, OrderScope, list_orders};

use crate::list_failure;
use crate::staff::order_for;

/// Answers `GET /queries/orders`.
pub async fn handle(views: &DynamoOrderViews, request: &Request) -> GatewayResponse {
    respond("list-orders", request, list(views, request)).await
}

async fn list(views: &DynamoOrderViews, request: &Request) -> Result<Answer, ApiError> {
    let mut query = request.query()?;
    let caller = request.caller()?;
    let filter = filter(&mut query, &caller)?;
    let limit = query.take("limit")?.unwrap_or_default();
    let cursor: Option<Cursor> = query.take("cursor")?;
    query.end()?;
    let page = list_orders(views, &filter, limit, cursor.as_ref()).await.map_err(list_failure)?;
    Answer::page(page.orders.into_iter().map(|order| order_for(&caller, order)).collect(), page.next)
}

fn filter(query: &mut Query, caller: &Caller) -> Result<OrderFilter, ApiError> {
    let status: Option<OrderStatus> = query.take("status")?;
    let user: Option<UserId> = query.take("user_id")?;
    let scope = match (caller.listed_owner(user.map(Into::into))?, status) {
        (Some(user_id), status) => {
            OrderScope::User { user_id, status: status.map(|status| status.to_string()) }
        }
        (None, Some(status)) => OrderScope::Statuses(vec![status.to_string()]),
        (None, None) => OrderScope::Statuses(OrderStatus::ALL.map(|status| status.to_string()).into()),
    };
    Ok(OrderFilter { scope, from: query.take("from")?, to: query.take("to")? })
}
