//! An operator's work on whole tables: restoring the event table to an earlier moment.

use std::collections::BTreeSet;

use es_core::StreamId;
use serde_json::{Value, json};

use super::{DynamoRequest, serve};
use crate::world::{EVENTS, RESTORED_EVENTS, World};

/// A request of an operator.
pub(super) fn request(operation: &str, body: Value) -> DynamoRequest {
    DynamoRequest { caller: "operator", operation: operation.to_owned(), body }
}

/// All items of `table`.
pub(super) fn scan(world: &World, table: &str) -> Vec<Value> {
    let (mut body, mut items) = (json!({ "TableName": table }), Vec::new());
    loop {
        let reply = serve(&world.database, &request("Scan", body.clone()));
        let mut answer: Value = serde_json::from_str(&reply.body).unwrap();
        items.append(answer["Items"].as_array_mut().unwrap());
        match answer.get("LastEvaluatedKey") {
            Some(key) => body["ExclusiveStartKey"] = key.clone(),
            None => return items,
        }
    }
}

/// Copies the commits before `position` of the commit log into the restored event table, which exists already. Returns
/// the streams that lost commits.
pub(crate) fn restore_event_table(world: &World, position: usize) -> BTreeSet<StreamId> {
    let mut have_lost = BTreeSet::new();
    for item in scan(world, EVENTS) {
        let number = |name: &str| item[name]["N"].as_str().unwrap().parse::<u64>().unwrap();
        let stream: StreamId = item["pk"]["S"].as_str().unwrap().parse().unwrap();
        let accepted_at = world.commit_log.position(&stream, number("sk") + number("count") - 1);
        if accepted_at.is_some_and(|accepted_at| accepted_at < position) {
            let put = json!({ "TableName": RESTORED_EVENTS, "Item": item });
            assert!(serve(&world.database, &request("PutItem", put)).is_ok());
        } else {
            have_lost.insert(stream);
        }
    }
    have_lost
}
