//! Answers one order's view, at once or as soon as it has reached the version that the caller asks for.

mod wait;

use std::time::SystemTime;

use es_core::StreamVersion;
use http_api::{Answer, ETag, Failure, GatewayEvent, GatewayResponse, Problem, Request, respond};
use read_store::DynamoOrderViews;
use uuid::fmt::Hyphenated;

/// Answers `GET /queries/orders/{id}`.
pub async fn handle(views: &DynamoOrderViews, event: GatewayEvent) -> GatewayResponse {
    let request = Request::new(event, SystemTime::now());
    respond("get-order", &request, get(views, &request)).await
}

async fn get(views: &DynamoOrderViews, request: &Request) -> Result<Answer, Failure> {
    let order: Hyphenated = request.path("id")?;
    let mut query = request.query()?;
    let wanted = StreamVersion::new(query.take("min_version")?.unwrap_or_default());
    query.end()?;
    let view = wait::until(views, order.into_uuid(), wanted, request.wait()).await?;
    let late = view.as_ref().is_none_or(|view| view.version < wanted);
    match view {
        None if wanted > StreamVersion::NONE => Err(Problem::NotThereYet.into()),
        None => Err(Problem::NotFound.into()),
        Some(view) if !late && request.has(ETag(view.version)) => {
            Ok(Answer::not_modified().tagged(view.version))
        }
        Some(view) => {
            let answer = Answer::ok(&view)?.tagged(view.version);
            Ok(if late { answer.retry_after(1) } else { answer })
        }
    }
}
