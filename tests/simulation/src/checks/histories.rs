//! Checks after each write that no event of a history is missing before another one. The newest event is the checkpoint of
//! a history, so a function that dies after any of its writes must not leave a gap.

use serde_json::{Value, json};

use super::event_table::Violation;
use crate::aws::{DynamoRequest, serve};
use crate::world::World;

/// The beginning of the sort keys of events.
const EVENT: &str = "event#";

/// Checks the histories with an event that `call` has just written.
pub(super) fn have_no_gap(world: &World, call: &DynamoRequest) -> Result<(), Violation> {
    for (table, requests) in call.body["RequestItems"].as_object().into_iter().flatten() {
        for request in requests.as_array().into_iter().flatten() {
            let item = &request["PutRequest"]["Item"];
            if item["sk"]["S"].as_str().is_some_and(|key| key.starts_with(EVENT)) {
                has_no_gap(world, table, &item["pk"])?;
            }
        }
    }
    Ok(())
}

/// Checks the history with the partition key `pk` in `table`.
fn has_no_gap(world: &World, table: &str, pk: &Value) -> Result<(), Violation> {
    let body = json!({
        "TableName": table, "KeyConditionExpression": "pk = :pk AND begins_with(sk, :event)",
        "ExpressionAttributeValues": { ":pk": pk, ":event": { "S": EVENT } },
    });
    let query = DynamoRequest { caller: "checks", operation: "Query".to_owned(), body };
    let found: Value = serde_json::from_str(&serve(&world.database, &query).body).unwrap();
    let keys = found["Items"].as_array().into_iter().flatten().filter_map(|item| item["sk"]["S"].as_str());
    let versions: Vec<u64> = keys.map(|key| key.trim_start_matches(EVENT).parse().unwrap()).collect();
    if versions.iter().copied().eq(1..=versions.len() as u64) {
        Ok(())
    } else {
        Err(format!("the history {} in {table} has the events {versions:?}", pk["S"]))
    }
}
