//! Returns the events of an order as `CloudEvents`, oldest first, in pages.

mod cloud_event;

use http_api::{Answer, ApiError, GatewayResponse, Problem, Request, respond};
use uuid::fmt::Hyphenated;
use views::{DynamoHistories, HistoryCursor};

use crate::get_order_history::cloud_event::CloudEvent;
use crate::staff::event_for;

/// Answers `GET /queries/orders/{id}/events`.
pub async fn handle(histories: &DynamoHistories, request: &Request) -> GatewayResponse {
    respond("get-order-history", request, get(histories, request)).await
}

async fn get(histories: &DynamoHistories, request: &Request) -> Result<Answer, ApiError> {
    let caller = request.caller()?;
    let order: Hyphenated = request.path("id")?;
    request.record_aggregate(format_args!("order-{order}"));
    let order = order.into_uuid();
    let mut query = request.query()?;
    let limit = query.take("limit")?.unwrap_or_default();
    let cursor: Option<HistoryCursor> = query.take("cursor")?;
    query.end()?;
    let page = histories.page(order, limit, cursor).await.map_err(ApiError::from_store_error)?;
    let page = page.filter(|page| caller.may_see(page.user_id.as_deref())).ok_or(Problem::NotFound)?;
    let events = page.events.into_iter().map(|event| event_for(&caller, event));
    Answer::page(events.map(|event| CloudEvent::from_event(order, event)).collect(), page.next)
}
