//! Every view is the fold of its stream, every history is its stream, and whoever waits for the newest version gets it.

use domain::order::OrderEvent;
use serde_json::{Value, json};

use super::expected;
use super::listing::page_by_page;
use super::past::{Past, Violation, events};
use crate::clients::query;
use crate::functions::{Api, Route};

pub(super) async fn are_folds(api: &Api, past: &Past) -> Result<(), Violation> {
    for (id, commits) in past.orders() {
        let version = expected::last(commits);
        let view = ask(api, Route::GetOrder, &id, version).await?;
        is_same(&format!("the view of order {id}"), &view, &expected::order(&id, commits, version))?;
    }
    for commits in past.products() {
        let expected = expected::product(commits);
        let id = expected["product_id"].as_str().unwrap();
        let view = ask(api, Route::GetProduct, id, expected::last(commits)).await?;
        is_same(&format!("the view of product {id}"), &view, &expected)?;
    }
    Ok(())
}

async fn ask(api: &Api, route: Route, id: &str, version: u64) -> Result<Value, Violation> {
    let request = query(route, Some(id), format!("min_version={version}"));
    let answered = api.send(&request, &api.world.invocation()).await.unwrap();
    if answered.status != 200 {
        return Err(format!("{route:?} of {id} answers {} {}", answered.status, answered.body));
    }
    Ok(answered.body)
}

pub(super) fn is_same(what: &str, is: &Value, expected: &Value) -> Result<(), Violation> {
    if is == expected { Ok(()) } else { Err(format!("{what} is {is} and should be {expected}")) }
}

pub(super) async fn histories_are_streams(api: &Api, past: &Past) -> Result<(), Violation> {
    for (id, commits) in past.orders() {
        let history = page_by_page(api, Route::GetHistory, Some(&id), "").await?;
        let told: Vec<Value> = history.iter().map(gist).collect();
        let expected: Vec<Value> = events::<OrderEvent>(commits, u64::MAX)
            .iter()
            .map(|recorded| {
                let event = json!(recorded.event);
                json!({
                    "id": recorded.id().to_string(),
                    "type": event["type"],
                    "data": event["data"],
                    "time": recorded.metadata.occurred_at.to_string(),
                    "sequence": format!("{:020}", recorded.version.get()),
                    "causationid": recorded.metadata.causation_id,
                })
            })
            .collect();
        if told != expected {
            return Err(format!("the history of order {id} is {told:?} and should be {expected:?}"));
        }
    }
    Ok(())
}

/// What of an event is checked.
fn gist(event: &Value) -> Value {
    let names = ["id", "type", "data", "time", "sequence", "causationid"];
    names.into_iter().map(|name| (name.to_owned(), event[name].clone())).collect()
}
