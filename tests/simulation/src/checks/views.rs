//! Checks that every view equals the fold of its stream, that every history equals its stream, and that the analytics
//! equal a recount of the streams. A caller that waits for the newest version must get it.

use domain::order::OrderEvent;
use es_core::Commit;
use serde_json::{Value, json};
use shop_testing::expected::{day, wrong_analytics};

use super::event_table::{EventTable, Violation, events, last, order_view, product_view};
use super::reading::{is_same, pages, response};
use crate::functions::Api;

/// The day on which a run begins.
const FIRST_DAY: &str = "2026-11-21";

/// Checks the views of all orders and products.
pub(super) async fn are_folds(api: &Api, event_table: &EventTable) -> Result<(), Violation> {
    for (id, commits) in event_table.orders() {
        let version = last(commits);
        let view = response(api, "get-order", Some(&id), format!("min_version={version}")).await?;
        is_same(&format!("the view of order {id}"), &view, &order_view(&id, commits, version))?;
    }
    for commits in event_table.products() {
        let expected = product_view(commits, last(commits));
        let id = expected["product_id"].as_str().unwrap();
        let view = response(api, "get-product", Some(id), format!("min_version={}", last(commits))).await?;
        is_same(&format!("the view of product {id}"), &view, &expected)?;
    }
    Ok(())
}

/// Checks the histories of all orders.
pub(super) async fn histories_are_streams(api: &Api, event_table: &EventTable) -> Result<(), Violation> {
    for (id, commits) in event_table.orders() {
        let shown: Value =
            pages(api, "get-order-history", Some(&id), "").await?.iter().map(checked_members).collect();
        is_same(&format!("the history of order {id}"), &shown, &json!(history(commits)))?;
    }
    Ok(())
}

/// The expected history of an order with these commits.
pub(super) fn history(commits: &[Commit]) -> Vec<Value> {
    let expected = events::<OrderEvent>(commits, u64::MAX).into_iter().map(|recorded| {
        let event = json!(recorded.event);
        json!({
            "id": recorded.id().to_string(),
            "type": event["type"],
            "data": event["data"],
            "time": recorded.metadata.occurred_at.to_string(),
            "sequence": format!("{:020}", recorded.version.get()),
            "causationid": recorded.metadata.causation_id,
        })
    });
    expected.collect()
}

/// The members of a history's event that the check compares.
pub(super) fn checked_members(event: &Value) -> Value {
    let names = ["id", "type", "data", "time", "sequence", "causationid"];
    names.into_iter().map(|name| (name.to_owned(), event[name].clone())).collect()
}

/// Checks the analytics of all days of the run.
pub(super) async fn analytics_are_recounts(api: &Api, event_table: &EventTable) -> Result<(), Violation> {
    let views = event_table.order_views();
    let days = format!("from={FIRST_DAY}&to={}", views.iter().map(day).max().unwrap_or(FIRST_DAY));
    let daily = response(api, "get-analytics/daily", None, days.clone()).await?;
    let products = response(api, "get-analytics/products", None, format!("{days}&limit=100")).await?;
    let wrong = wrong_analytics(&daily, &products, &views);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}
