//! Incomplete responses: a page that ends early (`DynamoDB` ends a page at 1 MB), or a batch with unprocessed items
//! (`DynamoDB` skips items for which it has no capacity). The caller must request the rest again.

use serde_json::{Value, json};

use super::{DynamoRequest, DynamoResponse};
use crate::world::Random;

/// The unprocessed part of a request, which the response must name.
pub(super) struct Unprocessed {
    member: &'static str,
    rest: Value,
}

/// Shortens `call`. Returns the part that the response must name as unprocessed, if the operation has such a member.
pub(super) fn shorten(call: &mut DynamoRequest, random: &Random) -> Option<Unprocessed> {
    match call.operation.as_str() {
        "Query" => {
            limit(call, random.number(1..4));
            None
        }
        // The views have hundreds of items, so pages of a scan are larger.
        "Scan" => {
            limit(call, random.number(1..40));
            None
        }
        "BatchWriteItem" => split(call, random, "UnprocessedItems", |table| Some(table)),
        "BatchGetItem" => split(call, random, "UnprocessedKeys", |table| table.get_mut("Keys")),
        _ => None,
    }
}

/// Limits the page of `call` to `most` items.
pub(super) fn limit(call: &mut DynamoRequest, most: u64) {
    let limit = call.body["Limit"].as_u64().unwrap_or(u64::MAX);
    call.body["Limit"] = json!(limit.min(most));
}

/// Removes the end of the list of items from `call`, which concerns one table. At least one item stays. `member` is the
/// response's member for unprocessed items, and `list` finds the list in the table's part of the request.
fn split(
    call: &mut DynamoRequest,
    random: &Random,
    member: &'static str,
    list: fn(&mut Value) -> Option<&mut Value>,
) -> Option<Unprocessed> {
    let table = call.body["RequestItems"].as_object_mut()?.values_mut().next()?;
    let mut rest = table.clone();
    let all = list(table)?.as_array_mut()?;
    if all.len() < 2 {
        return None;
    }
    let kept = all.split_off(1 + random.index(all.len() - 1));
    *list(&mut rest)? = Value::Array(kept);
    let name = call.body["RequestItems"].as_object()?.keys().next()?.clone();
    Some(Unprocessed { member, rest: json!({ name: rest }) })
}

/// Adds the unprocessed part to `reply`, if `reply` is a success.
pub(super) fn add_unprocessed(reply: DynamoResponse, unprocessed: Option<Unprocessed>) -> DynamoResponse {
    let Some(Unprocessed { member, rest }) = unprocessed.filter(|_| reply.is_ok()) else { return reply };
    let mut body: Value = serde_json::from_str(&reply.body).unwrap();
    body[member] = rest;
    DynamoResponse::ok(body.to_string())
}
