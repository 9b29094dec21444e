//! The history of an order is its stream.

use domain::order::OrderEvent;
use serde_json::{Value, json};

use super::listing::page_by_page;
use super::past::{Past, Violation, events};
use crate::functions::{Api, Route};

pub(super) async fn are_streams(api: &Api, past: &Past) -> Result<(), Violation> {
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
