//! Answers that stop before what was asked for: a page that ends early (`DynamoDB` ends one at 1 MB), items of a batch that
//! are left unwritten or unread (it leaves what it has no capacity for). The rest is the caller's to ask for again.

use serde_json::{Value, json};

use super::{Call, Reply};
use crate::world::Dice;

/// What was kept back of a request, to be named in its answer.
pub(super) struct KeptBack {
    member: &'static str,
    rest: Value,
}

/// Makes `call` ask for less than it does; what is to be named in the answer, where the service would.
pub(super) fn shorten(call: &mut Call, dice: &Dice) -> Option<KeptBack> {
    match call.operation.as_str() {
        "Query" => {
            limit(call, dice.number(1..4));
            None
        }
        // There are hundreds of items in the views.
        "Scan" => {
            limit(call, dice.number(1..40));
            None
        }
        "BatchWriteItem" => split(call, dice, "UnprocessedItems", |table| Some(table)),
        "BatchGetItem" => split(call, dice, "UnprocessedKeys", |table| table.get_mut("Keys")),
        _ => None,
    }
}

/// Lets the page that `call` asks for have `most` items at the most.
pub(super) fn limit(call: &mut Call, most: u64) {
    let limit = call.body["Limit"].as_u64().unwrap_or(u64::MAX);
    call.body["Limit"] = json!(limit.min(most));
}

/// Takes a part of the only table's list out of `call`.
fn split(
    call: &mut Call,
    dice: &Dice,
    member: &'static str,
    list: fn(&mut Value) -> Option<&mut Value>,
) -> Option<KeptBack> {
    let table = call.body["RequestItems"].as_object_mut()?.values_mut().next()?;
    let mut rest = table.clone();
    let all = list(table)?.as_array_mut()?;
    if all.len() < 2 {
        return None;
    }
    let kept = all.split_off(1 + dice.index(all.len() - 1));
    *list(&mut rest)? = Value::Array(kept);
    let name = call.body["RequestItems"].as_object()?.keys().next()?.clone();
    Some(KeptBack { member, rest: json!({ name: rest }) })
}

/// `reply`, with what was kept back.
pub(super) fn name(reply: Reply, kept: Option<KeptBack>) -> Reply {
    let Some(KeptBack { member, rest }) = kept.filter(|_| reply.is_ok()) else { return reply };
    let mut body: Value = serde_json::from_str(&reply.body).unwrap();
    body[member] = rest;
    Reply::ok(body.to_string())
}
